import { chartStyle, sans, variables } from './charts/style.js';

const serif = `Charter,'Bitstream Charter','Iowan Old Style',Georgia,'Times New Roman',serif`;
const mono = `ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace`;

/** The whole style of a page, constant so that its hash can stand in the page's security policy. */
export const pageStyle = `${variables}
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);font:16px/1.55 ${sans}
;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:calc(720px + 3rem);padding:2.5rem 1.5rem 3rem;overflow-wrap:break-word}
header{margin-bottom:2.5rem}
h1{font-size:1.1rem;font-weight:600;color:var(--soft);line-height:1.35;margin:0 0 .6rem}
h2{font-size:1.2rem;line-height:1.3;margin:3rem 0 .3rem;font-weight:650}
h3{font-size:1rem;margin:1.75rem 0 .3rem;font-weight:600}
p{margin:.4rem 0 .9rem;max-width:68ch}
a{color:var(--accent);text-underline-offset:.15em}
code,kbd,pre{font-family:${mono};font-size:.86em}
pre{background:var(--tint);padding:.8rem 1rem;border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere;
  margin:.4rem 0 1rem}
pre span{display:inline-block;white-space:pre-wrap;overflow-wrap:anywhere}
.soft,small{color:var(--soft)}
.answer{font-size:1.65rem;line-height:1.3;font-weight:400;letter-spacing:-.01em;margin:0 0 1.4rem;
  max-width:none}
.answer strong{font-weight:680;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(3,1fr);gap:.9rem 1.5rem;margin:0;padding:1rem 0;
  border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.figures div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
.figures dt{color:var(--soft);font-size:.84rem;line-height:1.35}
.figures dd{margin:0;font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums;white-space:nowrap}
blockquote{margin:1rem 0;padding:.1rem 0 .1rem 1.2rem;border-left:3px solid var(--c1);
  font:1.08rem/1.6 ${serif};white-space:pre-wrap;overflow-wrap:anywhere;max-width:62ch}
blockquote b{font-weight:700}
figure{margin:1rem 0 1.6rem}
.narrow{display:none}
@media screen and (max-width:600px){.wide{display:none}.narrow{display:block}}
.notice{border-left:3px solid var(--c1);background:var(--tint);padding:.6rem 1rem;margin:1rem 0}
.scroll{overflow-x:auto;margin:.8rem 0 1.2rem}
.scroll:focus-visible,.chart:focus-visible,summary:focus-visible,button:focus-visible{
  outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums;line-height:1.4}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th,td{padding:.32rem .8rem .32rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th,thead th.n{vertical-align:bottom;font-weight:600;border-bottom:1.5px solid var(--soft);white-space:normal}
thead small{font-weight:400;font-size:.85em}
tbody th,tfoot th{font-weight:400}
tfoot th,tfoot td{font-weight:600;border-bottom:0}
.n{text-align:right;white-space:nowrap}
@media screen{td,th{white-space:nowrap}td.text{white-space:normal;min-width:12rem}td.wrap{white-space:normal}}
.differs span{border-bottom:2px solid var(--c1)}
th button{all:unset;cursor:pointer;font:inherit;border-radius:2px}
th button::after{position:absolute;color:var(--soft)}
th[aria-sort=ascending] button::after{content:'↑'}
th[aria-sort=descending] button::after{content:'↓'}
.controls{display:flex;flex-wrap:wrap;gap:.5rem 1.2rem;align-items:center;font-size:.875rem;margin:.8rem 0 0}
.controls input,.controls select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);
  border-radius:3px;padding:.15rem .4rem;max-width:min(16rem,70vw)}
.controls output{color:var(--soft)}
.controls :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.compared{overflow-x:auto;margin:.6rem 0}
.up::before{content:'▲ '}.down::before{content:'▼ '}.up::before,.down::before{color:var(--c1)}
.change{font-weight:600}
details{margin:.8rem 0}
summary{cursor:pointer;color:var(--accent);width:fit-content}
.facts{margin:.6rem 0 1.2rem}
.facts div{display:grid;grid-template-columns:11rem 1fr;gap:1rem;padding:.28rem 0;
  border-bottom:1px solid var(--line)}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
.hash{font-family:${mono};font-size:.82em}
footer{margin-top:3.5rem;border-top:1.5px solid var(--soft);font-size:.92rem}
footer h2{margin-top:1.5rem}
#tip{position:fixed;z-index:2;max-width:min(20rem,calc(100vw - 1rem));padding:.3rem .6rem;border-radius:4px;
  background:var(--ink);color:var(--paper);font-size:.84rem;line-height:1.4;font-variant-numeric:tabular-nums;
  pointer-events:none;left:0;top:0}
@media screen and (max-width:600px){
body{padding:1.5rem 1rem 2rem}.answer{font-size:1.3rem}.answer strong{white-space:normal}
.facts div{grid-template-columns:1fr;gap:0}
.figures{grid-template-columns:1fr 1fr}}
@media screen and (min-width:840px){.scroll.broad{--broad:min(100vw - 5rem,1100px);width:var(--broad);
  margin-left:calc((100% - var(--broad))/2)}}
@media print{
@page{margin:16mm 15mm}
html{font-size:10.5pt}body{max-width:none;padding:0}
h2,h3,summary{break-after:avoid}tbody tr:first-child{break-before:avoid}figure,tr,blockquote,.figures,.notice{break-inside:avoid}
thead{display:table-header-group}th button{display:contents}tfoot{display:table-row-group}
.scroll{overflow:visible}table{font-size:.82rem}
details::details-content{content-visibility:visible;display:block;height:auto}
summary{color:var(--soft);list-style:none}
a{color:inherit;text-decoration:none}.download,#tip,.controls{display:none}
.appendix{break-before:page}}
${chartStyle}`;
