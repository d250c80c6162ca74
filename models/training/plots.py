"""The plots of the story grammar.

A plot states its premise three ways - `said` (what the hero says), `want` (after
"wanted") and `pred` (after the hero's name) - so that any opening leads into the
same `body`. In templates [a|b] is a choice, {slot} a value fixed for the story,
and a line starting with ? is left out half the time.

Slots: H hero, F friend (FI: first mention; v: when spoken to; c: capitalised),
he/him/his/He/His for the hero and fhe/fhim/fhis/fHe for the friend, X another
animal, toy/ctoy (with its colour), food, food2, at/at2 ("in the park"), place.
"""

PLOTS = [
    # lost thing
    dict(said=["where is my {ctoy}?", "I can not find my {ctoy}.", "my {ctoy} is gone."],
         want=["to play with {his} {ctoy}, but {he} could not find it", "{his} {ctoy}, but it was gone"],
         pred=["could not find {his} {ctoy}", "lost {his} {ctoy} {at}"], dream="the {ctoy}", weight=1.3,
         body="""
         {he} looked [under the bed|behind the door|under the table], but the {toy} was not there.
         ?{H} was {bad} [and began to cry|and sat down].
         then {FI} came [by|to help]. "[why are you sad|what is wrong], {Hv}?" asked {F}. "I lost my {ctoy}," said {H}.
         "[let's look|we can look] {at2}," said {F}. They [looked and looked|looked everywhere|walked there together].
         [at last|then], {F} saw something {col} [in the grass|under a leaf|behind a tree|near a big stone].
         it was the {toy}! "[thank you, {Fv}|you found it]!" cried {H}. {Hc} was {good} and [hugged|thanked] {F}.
         """),
    # stuck in a tree
    dict(said=["I want to fly my {col} {thing}.", "let's play with my {col} {thing}."],
         want=["to fly {his} {col} {thing}", "to play with {his} {col} {thing} {at}"],
         pred=["took {his} {col} {thing} to {place}", "had a new {col} {thing}"], friend="flyer",
         slots={"thing": ["kite", "kite", "balloon", "paper plane"]}, dream="a {col} {thing} in the sky",
         body="""
         but the wind [was strong|blew hard], and the {thing} [flew into|got stuck in] a tall tree.
         {H} [jumped and jumped|tried to climb|threw a stick], but {he} could not reach it.
         [{FI} sat in the tree|then {FI} came]. "[can you help me|can you get my {thing}], {Fv}?" asked {H}.
         "[yes, I can|of course|I will help you]," said {F}. {Fc} flew up and [pulled the {thing} out of the tree|pushed the {thing} down].
         the {col} {thing} [fell into {H's} hands|was free again].
         ?{H} gave {F} [a {food}|some bread] to say thank you.
         after that, {H} and {F} [played together|were friends|played {at} every day].
         """),
    # sharing food
    dict(said=["I am so hungry.", "this {food} is for me.", "I want to eat my {food}."],
         want=["to eat {his} {food}", "a big {food}"],
         pred=["had a big {food}", "found a {food} {at}", "was very hungry"], dream="a very big {food}",
         body="""
         {parent} gave {him} [a big {food}|one {food} more] and {he} sat down [under a tree|in the grass|near the door] to eat.
         then {H} saw {FI}. {Fc} looked [hungry|cold and hungry|at the {food}]. "[I have no food|I did not eat today|I have nothing to eat]," said {F}.
         {H} [thought about it|looked at the {food}|felt sorry for {F}]. "[we can share|you can have half|take some of my {food}]," {he} said.
         {H} cut the {food} in two. They ate together, and it [was very good|tasted sweet].
         ?The next day, {F} came back with a {food2} and gave half of it to {H}.
         "[sharing is fun|food is better with a friend]," said {F}. {Hc} [smiled|was {good}|nodded].
         """),
    # caught in the rain
    dict(said=["I want to go for a walk.", "let's walk to {place}.", "it is a good day for a walk."],
         want=["to walk to {place}", "to go for a long walk"],
         pred=["went for a walk", "walked to {place}"], dream="the rainbow",
         body="""
         [the sky was blue|the sun was out], but soon [it began to rain|dark clouds came|big drops began to fall].
         {H} [ran|looked for a dry place|got very wet]. {he} [hid|stood] under a [big tree|wide leaf|bridge].
         {FI} was there too. "[do not be sad|do not worry|the rain will stop soon]," said {F}. "[it is only water|we are dry here|the flowers like the rain]."
         they [sang a song|told stories|counted the drops] and waited. [soon|after a while|at last], the rain stopped.
         a big rainbow was in the sky. "[look|oh, how pretty]!" said {H}. "[it is red, blue and yellow|I can see every color]!"
         {H} was [happy|glad] that it had rained, because now {he} [had a new friend|saw the rainbow with {F}].
         """),
    # broke something
    dict(said=["oh no, I broke the {col} {thing}!", "I did a bad thing."],
         want=["to jump on the bed, but {he} hit the {col} {thing} and it broke", "to hide the broken {thing}"],
         pred=["broke the {col} {thing}", "ran in the house and broke the {col} {thing}", "played too hard and broke the {col} {thing}"],
         slots={"thing": ["cup", "lamp", "plate", "bowl", "jar"]},
         body="""
         the {thing} was {parent}'s, and now it was in {num} pieces. {H} was [afraid|scared|very sorry].
         ?first, {he} hid the pieces under the bed.
         {F} [saw it|saw everything|saw {him}]. "[you should tell the truth|go and tell {parent}|{parent} will be sad, but you must say it]," said {F}.
         {H} went to {parent}. "I broke your {col} {thing}," {he} said. "I am sorry."
         {parent} [looked at {him}|was quiet for a moment]. "[thank you for telling me|I am glad you told the truth]," said {parent}. "[we can fix it|we can make a new one]."
         they [fixed the {thing} with glue|put the pieces together]. {H} felt [better|happy] because {he} told the truth.
         """),
    # noise at night
    dict(said=["what is that noise?", "I am afraid of the dark.", "I can not sleep."],
         want=["to sleep, but there was a noise", "to know what made the noise"],
         pred=["heard a noise in the night", "could not sleep because of a noise", "was afraid of the dark"],
         friend="animal", weight=1.1,
         body="""
         it came from [under the bed|behind the door|the kitchen|outside the window]. [bump, bump, bump|tap, tap, tap|scratch, scratch]!
         {H} [was scared|hid under the blanket|held {his} {toy} tight]. "is it a monster?" {he} thought.
         [but {H} wanted to be brave|then {he} stood up], so {he} took a [lamp|light] and went to look.
         it was not a monster. it was only {FI}! "[I am cold|I am hungry|I am lost]," said {F}. "[can I stay here|may I come in]?"
         {H} [laughed|smiled]. "[yes, come in|you can stay with me]," {he} said. {Hc} gave {F} [some milk|a {food}|a warm blanket].
         {H} was not afraid [any more|of the dark after that].
         """),
    # building together
    dict(said=["I will build a {big} {thing}.", "let's build a {thing}."],
         want=["to build a {big} {thing}"],
         pred=["built a {big} {thing} {at}"], slots={"thing": ["tower", "house", "castle", "bridge"], "big": ["tall", "big", "very big"], "stuff": ["sand", "stones", "wood", "blocks"]},
         dream="a {thing} as tall as the sky",
         body="""
         {he} used [{stuff}|a lot of {stuff}]. {he} worked [all day|very hard|for a long time].
         then {FI} [ran by|came running] and [hit|bumped into] the {thing}. crash! it fell down.
         {H} was [angry|very angry]. "[look what you did|you broke my {thing}]!" {he} shouted. "[I am sorry|I did not see it]," said {F}. "[we can fix it|we can build it again]."
         {H} [took a deep breath|was quiet|thought about it]. "[yes|all right]," {he} said. "[let's do it together|you can bring more {stuff}]."
         {F} brought the {stuff} and {H} put it in place. the new {thing} was [bigger|taller|better] than the first one.
         "[we did it|it is the best {thing}]!" said {F}. {Hc} was {good}.
         """),
    # baking
    dict(said=["I want to bake a cake.", "let's make a cake for {parent}."],
         want=["to bake a cake for {parent}", "to make a {food} cake"],
         pred=["had no eggs for the cake", "was going to bake a cake"], friend="child",
         dream="a cake as big as a house",
         body="""
         {he} had [milk and sugar|flour and butter], but {he} had no eggs. so {H} went to the hen. "may I have {num} eggs?" {he} asked.
         "[if you bring me some corn|yes, but I am hungry]," said the hen. {Hc} gave the hen some corn, and the hen gave {him} {num} eggs.
         ?{H} walked home [slowly|very carefully] and did not break one egg.
         {F} came to help. {F} mixed the eggs, and {H} put the cake in the oven. soon the kitchen smelled [sweet|good|very nice].
         {parent} [came in|came home]. "[what a nice cake|a cake for me]!" said {parent}. "[thank you|I am so proud of you]."
         they [all ate the cake|sat down and ate the cake], and the hen got a small piece too.
         """),
    # crossing the river
    dict(said=["how can I cross the river?", "I want to go to the other side."],
         want=["to cross the river", "to go to the other side of the river"],
         pred=["came to a wide river", "saw a {food} tree on the other side of the river"], friend="animal",
         body="""
         but [the water was deep|the water was cold and fast], and {H} could not swim.
         {he} [saw {FI}|met {FI} near the water]. "[can you help me cross|how do you cross the river]?" asked {H}.
         "[we can use this big log|we can make a boat|we can put stones in the water]," said {F}. "[it is easy|come, I will show you]."
         they [worked together|pushed and pulled]. soon they [were on the other side|crossed the river].
         there they found [a tree full of {food}s|many sweet berries|a field of yellow flowers]. "[I could not do it without you|you are a good friend], {Fv}," said {H}.
         [{H} and {F} ate and rested in the sun|they rested in the warm sun|they stayed there until evening].
         """),
    # sick friend
    dict(said=["where is {F} today?", "my friend {F} is sick."],
         want=["to play with {F}, but {F} was sick", "to help {F}, who was sick"],
         pred=["went to see {F}, who was sick", "heard that {F} was sick"], friend="child", dream="{F}",
         body="""
         [{F} had to stay in bed|{F} was in bed and could not play]. "[my head hurts|I feel hot|I feel bad]," said {F}.
         {H} [ran home|went to the kitchen] and made [hot soup|warm soup|tea]. {he} also took {his} {ctoy}.
         "[here is some soup|this is for you]," said {H}. "[and you can play with my {toy}|you can keep my {toy} until you are well]."
         {F} [ate the soup|drank it] and held the {ctoy}. {H} [read a story|sang a song] until {F} fell asleep.
         after {num} days, {F} was well again. "[thank you for the {toy}|you are a good friend]," said {F}.
         then they went [outside|to {place}] and played [together|all day].
         """),
    # baby animal lost
    dict(said=["who is crying?", "I hear a small sound."],
         want=["to know who was crying", "to help a baby {X}"],
         pred=["found a baby {X} {at}", "heard someone crying {at}"],
         body="""
         it was a baby {X}. "[I can not find my mom|I lost my mom]," cried the baby {X}.
         "[do not cry|do not be afraid], little {X}," said {H}. "[I will help you|we will find your mom]."
         {he} asked {FI}, "[did you see a big {X}|do you know where the big {X} is]?" "[yes|I did]," said {F}. "[she is {at2}|I saw her {at2}]."
         so they [all went there|walked there together]. the mother {X} was [looking everywhere|very worried]. when she saw her baby, she [ran to it|cried with joy].
         "[thank you|thank you so much]!" she said. the baby {X} [was happy again|was not sad any more].
         {H} waved goodbye and felt [warm inside|proud|very happy].
         """),
    # forgotten birthday
    dict(said=["today is my birthday.", "I am {num} years old today."],
         want=["a party for {his} birthday", "a {ctoy} for {his} birthday"],
         pred=["woke up and it was {his} birthday", "was excited because it was {his} birthday"], friend="any",
         dream="cake and candles",
         body="""
         but [nobody said a word|no one said happy birthday]. {parent} was busy, and {F} was not [at home|there].
         {H} [was sad|felt lonely|thought that everyone forgot]. {he} [walked to {place}|sat in {his} room] all alone.
         [in the evening|when it got dark], {he} came [home|back] and opened the door. "surprise!" shouted {parent} and {F}.
         there was a [big|{food}] cake with candles, and there was a {col} box.
         {H} opened the box. inside was a {ctoy}! "[it is just what I wanted|I love it]," {he} said. "[I thought you forgot|you did not forget]!"
         "[we would never forget you|we can not forget you], {Hv}," said {F}. {Hc} [blew out the candles|laughed and hugged {F}].
         """),
    # race
    dict(said=["I am faster than you.", "let's have a race."],
         want=["to win the race", "to be the fastest"],
         pred=["ran very fast and was proud of it", "had a race with {F}"], dream="running like the wind", weight=1.1,
         body="""
         {H} and {F} wanted to run [to the hill|to the big tree|to {place}]. {F} was slow, but {fhe} was not afraid.
         [one, two, three, go!|they began to run.] {H} ran [far ahead|very fast]. {he} looked back and could not see {F}.
         "[I have time for a nap|I can rest a little]," said {H}. {Hc} [lay down under a tree|lay down in the grass] and [fell asleep|closed {his} eyes].
         {F} walked on and on. {fhe} [did not stop|was tired, but did not stop]. [at last, {H} woke up and ran as fast as {he} could|when {H} woke up, {he} ran as fast as {he} could].
         but it was too late. {F} was already [there|at the end]. "[I won|slow and steady wins]!" said {F}.
         {H} [was sorry|felt silly]. "[you are right|well done], {Fv}," {he} said. "[next time I will not sleep|I will not be so proud again]."
         """),
    # learning to do something
    dict(said=["I want to learn to {skill}.", "I can not {skill}."],
         want=["to learn to {skill}", "to {skill} like {parent}"],
         pred=["saw {parent} {skill} and wanted to do it, too", "tried to {skill}, but it was hard"],
         slots={"skill": ["swim", "dance", "sing", "jump high", "climb", "whistle", "skate", "draw"]}, friend="any", weight=1.2,
         body="""
         {he} tried [once|two times|all morning], but it did not go well. "[it is too hard|I will never do it]," said {H}.
         {FI} heard {him}. "[do not give up|I could not {skill} at first|you must try every day]," said {F}. "[I will show you|let me help you]."
         so every day {H} and {F} [went to {place} and tried again|met {at}].
         ?on the first day, {H} fell down. on the next day, {he} did a little better.
         after {num} days, {H} could {skill}! "[look at me|I can do it|I can {skill}]!" {he} shouted.
         "[I knew you could|I am proud of you]," said {F}. {Hc} was {good} because {he} did not give up.
         """),
    # planting
    dict(said=["I have a little seed.", "I want to grow a {flower}."],
         want=["to grow a {flower}", "to plant a seed"],
         pred=["planted a little seed in the garden", "found a seed {at}"],
         slots={"flower": ["flower", "rose", "tree", "big pumpkin"]}, dream="a garden full of flowers",
         body="""
         {he} [dug a hole|made a small hole] and put the seed in the ground. every morning, {H} gave it water.
         but nothing came up. "[why does it not grow|is my seed asleep]?" {he} asked. "[you must wait|it needs sun and time]," said {F}.
         {H} waited. [one day|after {num} days], {he} saw something green. it was [a tiny leaf|very small].
         the plant grew and grew. soon there was a [beautiful|big|tall] {col} {flower}.
         "[it is for you|this is for you], {parent}," said {H}. {parent} [smiled|was so happy] and gave {him} a [big hug|kiss].
         {H} learned that good things [need time|take time].
         """),
    # snowman
    dict(said=["look, there is snow outside!", "let's make a snowman."],
         want=["to make a snowman", "to play in the snow"],
         pred=["saw snow outside the window", "woke up and saw snow"], friend="any", dream="the snowman",
         body="""
         {he} put on a {col} [coat|hat|scarf] and went outside with {F}. they made a big ball and a small ball.
         {H} gave the snowman a {food2} for a nose, and {F} gave it {num} stones for buttons.
         "[he looks cold|he needs a hat]," said {F}. so {H} put {his} {col2} hat on the snowman. "[now he is warm|now he is ready]," {he} said.
         but the next day, the sun was hot, and the snowman [became smaller|began to melt]. {H} was {bad}.
         "[he will come back|we can make him again]," said {F}. "[the snow comes every winter|he only went to sleep]."
         {H} picked up the {col2} hat and [kept it|put it in a box] for the next snowman.
         """),
    # the fish
    dict(said=["I will catch a big fish.", "I want to catch a fish."],
         want=["to catch a fish", "fish for dinner"],
         pred=["went to the lake to catch a fish", "sat by the river to catch a fish"],
         body="""
         {he} waited [for a long time|all morning|and waited]. then [something pulled|there was a splash], and {H} had a {col} fish!
         "[please let me go|do not eat me]," said the fish. "[my babies are waiting|I have little fish at home]."
         {H} [was surprised|looked at the fish|felt sorry]. {he} was hungry, but {he} put the fish back in the water. "[go home, little fish|swim home]," {he} said.
         the fish [swam away|went down deep]. then it came back with a {gift} in its mouth. "this is for you, because you are kind," said the fish.
         {H} took the {gift} home and showed it to {F}. "[what a pretty {gift}|a fish gave it to you]!" said {F}.
         {H} [laughed|smiled] and [told {F} the story|ate bread for dinner].
         """, slots={"gift": ["shell", "pearl", "gold ring", "coin"]}, dream="the {col} fish"),
    # new friend
    dict(said=["I have no one to play with.", "I am lonely."],
         want=["a friend", "to find a new friend"],
         pred=["was lonely", "had no one to play with"], friend="any", weight=1.2,
         body="""
         {he} sat {at} with {his} {ctoy} and [felt sad|looked at the clouds|was quiet].
         then {FI} came [along|by]. {F} was [shy|new there], too. "[hello|good morning]," said {F}. "[that is a nice {toy}|I like your {toy}]."
         {H} [smiled|looked up]. "[do you want to play|do you want to play with me]?" asked {H}. "[yes, please|I would love to]!" said {F}.
         they played [with the {ctoy}|hide and seek|many games] until [the sun went down|it was late|dinner time].
         "[will you come back tomorrow|can we play again]?" asked {F}. "[yes|of course]," said {H}. "[we are friends now|I will be here]."
         {H} was not lonely [any more|after that].
         """),
    # out of reach
    dict(said=["I want that {food}.", "I am too small."],
         want=["to get the {food} on the [high shelf|tall tree]", "a {food} from the top of the tree"],
         pred=["saw a {food} high up in a tree", "was too small to reach the {food}"],
         body="""
         the {food} was so high that {H} could not get it. {he} jumped [once|three times], but {he} was too small.
         "[I wish I was big|I am so small]," said {H}. {F} [laughed|smiled]. "[I am small, too|big is not everything]," said {F}. "[stand on me|we can be big together]."
         {H} stood on [{F}|{F's} back], and now {he} [was tall|could reach it]. {he} got the {food}!
         then {he} [got down|came down] and gave {F} [half of it|a big piece]. "[together we are big|two small ones make one big one]," said {H}.
         they ate the {food} and [laughed|looked at the sky].
         """),
    # trade
    dict(said=["I do not like my {ctoy}.", "I want a new toy."],
         want=["a new {toy}", "a {col2} {toy}"],
         pred=["did not like {his} old {ctoy}", "was tired of {his} old {ctoy}"], friend="child",
         slots={"toy2": ["robot", "little house", "rope", "music box", "paper boat"]},
         body="""
         {F} had a {col2} {toy2}. "[can I have your {toy2} for my {toy}|can we trade]?" asked {H}. "[yes|all right]," said {F}.
         so {F} took the {ctoy} and {H} took the {col2} {toy2}. [at first|that day], {H} was {good}.
         but that night {H} [missed {his} {toy}|could not sleep]. the {toy} was old, but {he} had it for a long time.
         the next day, {H} went to {F}. "[I miss my {toy}|I want my {toy} back]," {he} said. "[and I miss my {toy2}|I feel the same]," said {F}.
         they laughed and traded again. "[we can play with both|we can share]," said {F}.
         now {H} loved {his} {ctoy} more than [before|ever].
         """),
    # greedy
    dict(said=["I will eat all the {food}s.", "I want more {food}s."],
         want=["to eat all the {food}s", "more and more {food}s"],
         pred=["saw a bowl of {food}s on the table", "found a bowl full of {food}s"],
         body="""
         there were {num} {food}s in a bowl. "[they are for everyone|please take only one]," said {parent}.
         but when {parent} went out, {H} ate one {food}. then {he} ate one more. soon the bowl was empty!
         [then {H} felt bad|{he} did not feel well]. "[my tummy hurts|oh, my tummy]," said {H}.
         {F} came in. "[where are the {food}s|is there a {food} for me]?" asked {F}. "[I ate them all|there are no more]," said {H}. "I am sorry."
         {parent} gave {him} [warm tea|some water] and put {him} to bed.
         the next day, {H} [bought new {food}s|helped {parent} get new {food}s] and gave the [first one|biggest one] to {F}. {he} took only one.
         """),
    # moon and stars
    dict(said=["I want to touch the moon.", "the moon is so big tonight."],
         want=["to touch the {moon}", "to catch a star"],
         pred=["looked at the {moon}", "saw a star fall from the sky"], slots={"moon": ["moon", "moon", "stars"]}, dream="the moon",
         body="""
         so {H} climbed [the highest hill|a tall tree|on the roof], but the sky was still too far away.
         "[what are you doing|why are you up there]?" asked {FI}. "I want to [touch the sky|take a star home]," said {H}.
         {F} [thought for a while|smiled]. "[come with me|follow me]," said {F}. {Fc} took {H} to the lake.
         the water was still, and the moon and all the stars were in it. {H} put {his} hand in the water. "[I touched the moon|the moon is here]!" {he} said.
         the moon [moved and danced|broke into little lights] and then it was round again. {H} and {F} [sat there for a long time|looked at it until they were tired].
         """),
    # asleep at the wrong time
    dict(said=["I am so tired.", "I just want to sleep.", "I need a little nap."], hero="joe", weight=1.3,
         want=["to sleep all day", "to take a little nap", "to go back to bed"],
         pred=["was very tired", "was very sleepy", "fell asleep {where}"], sleeps=True,
         slots={"where": ["at school", "on the bus", "under a tree", "in the boat", "on a hay bed"]},
         body="""
         {he} [closed {his} eyes|put {his} head down|lay down] {where} and [began to snore|was soon asleep].
         {F} [came by|saw {him}] and [laughed|shook {his} arm]. "wake up, {H}!" said {F}. "[it is time to go|you will miss the party|the others are waiting]!"
         but {H} only said, "[five more minutes|let me sleep|not now]," and [turned over|went on sleeping].
         so {F} had an idea. {fhe} took a [{col} bell|big drum|sweet {food}] and held it near {H's} [ear|nose|head].
         {H} [opened one eye|sat up]. "[what is that|is it morning]?" {he} asked. "[it is time for {food}s|it is late]," said {F}. "[come and eat|come with me]!"
         {H} [got up|jumped up] at last, and they [ran all the way|were not late]. but in the evening, {H} was the first one in bed.
         """),
    # cannot sleep
    dict(said=["I want to sleep, but I am not tired.", "I can not sleep tonight.", "it is too loud to sleep."], hero="joe", weight=1.2,
         want=["to sleep, but the {X} was too loud", "to sleep, but {he} could not"],
         pred=["could not sleep", "lay in bed and looked at the moon"], sleeps=True, friend="any",
         body="""
         outside, a {X} [sang|made a noise] all night long. {H} put {his} pillow over {his} head, but it did not help.
         {he} [opened the window|went outside]. "[please be quiet|please stop]," said {H}. "I am sad," said the {X}. "[nobody talks to me|I am all alone]."
         {H} felt sorry for the {X}. "[you can sit with me|come in]," {he} said. "[I will tell you a story|we can talk]."
         {H} told a story about {F} and a {ctoy}. the {X} [listened and closed its eyes|was happy and quiet].
         before the story was over, the {X} was asleep. [and so was {H}|then {H} fell asleep, too].
         in the morning, {F} found them [side by side|both sleeping in the sun].
         """),
    # warm gift returned
    dict(said=["it is so cold today.", "I have a warm {cloth}."],
         want=["to stay warm", "to wear {his} new {col} {cloth}"],
         pred=["got a warm {col} {cloth}", "was cold in the snow"], slots={"cloth": ["coat", "scarf", "blanket", "hat"]}, friend="animal",
         body="""
         {H} put on {his} warm {col} {cloth}. on the way to {place}, {H} saw {FI}. {Fc} was shaking [with cold|in the snow].
         "[you look cold|you must be cold], {Fv}," said {H}. {Hc} gave {F} the {col} {cloth}. "[take this|you need it more than I do]," {he} said.
         "[thank you|you are very kind]," said {F}. {Hc} [ran home|went home] in the cold, but {his} heart was warm.
         [some days later|the next week], {H} got lost in the snow. {he} could not see the way. then {he} saw something {col} between the trees.
         it was {F} with the {cloth}! "[follow me|I know the way]," said {F}. {fHe} took {H} home.
         "[one good thing brings another|now we helped each other]," said {H}.
         """),
    # mud
    dict(said=["I want to jump in the mud.", "look at that big puddle!"],
         want=["to jump in the puddle", "to stay clean"],
         pred=["jumped in a big puddle", "had clean new [shoes|clothes]"],
         body="""
         {parent} said, "[do not get dirty|please stay clean]." But the puddle [was big and brown|looked so nice].
         {H} put one foot in the puddle. then {he} jumped. splash! now there was mud on {his} [face and legs|nose and ears].
         {F} saw {him} and laughed. "[you look like a pig|you are all brown]!" said {F}. then {F} [jumped in, too|fell in, too].
         they were [both dirty|brown from head to toe] when they came home. {parent} [looked at them|shook a finger]. "[I do not know you|I see two little pigs]," said {parent}.
         "[it is me|it is only me], {H}!" said {H}. {parent} laughed and [made a warm bath|filled the tub with warm water].
         soon they were clean, and {parent} gave them [milk and a {food}|warm milk].
         """),
    # key and box
    dict(said=["look, I found an old {col} box!", "what is in this {col} box?"],
         want=["to open the old box", "to know what was in the {col} box"],
         pred=["found an old {col} box {at}", "found a {col} box under the bed"], weight=1.2,
         body="""
         the box was [very heavy|made of wood], and it was closed. then {FI} came with a key. the key was [small and bright|made of gold].
         "[maybe there is gold inside|maybe it is full of candy]," said {F}. "[open it|put the key in]!"
         {H} [turned the key|put the key in and turned it]. click! the box opened. inside there was [only a letter|an old map|a little picture].
         "[the real treasure is a good friend|look under the big tree {at2}]," {H} read. [they looked at each other|{F} was surprised].
         so they went [there|to {place2}] [and dug a hole|with a lamp]. there they found a bag with {num} [coins|shells|bright stones].
         {H} gave half of them to {F}. "[we found them together|that is fair]," {he} said.
         """),
    # drum too loud
    dict(said=["I love my {inst}.", "listen to my {inst}!"],
         want=["to play the {inst}", "to make music"],
         pred=["got a new {inst}", "played the {inst} all day"], slots={"inst": ["drum", "horn", "whistle", "bell"]},
         body="""
         it was very loud. "[please stop|that is too loud]," said {parent}. "[the baby is sleeping|my head hurts]."
         {H} went [to {place}|outside] with the {inst}. but there {F} was sleeping. "[please stop|I am trying to sleep]!" said {F}.
         {H} was {bad}. "[nobody likes my music|I have no place to play]," {he} said. {Fc} felt sorry. "[play a soft song for me|play slowly and softly]," said {F}.
         {H} played [softly|a slow song]. it was [beautiful|so nice] that [the birds came to listen|everyone came to hear it].
         even {parent} [came and danced|began to sing]. "[now I like your music|play it again]," said {parent}.
         {H} was {good}. {he} learned that soft can be better than loud.
         """),
    # drawing
    dict(said=["I will draw a picture of {F}.", "I like to paint."],
         want=["to paint a picture", "to draw a picture for {parent}"],
         pred=["painted a picture of a {X}", "got {num} new colors"], hero="child",
         body="""
         {he} painted a {col} [house|sun|sky] and a {x_adj} {X}. it was a very nice picture.
         then {F} came in and bumped into the table. the {col2} paint fell on the picture. "oh no!" cried {H}. "[my picture is bad now|look at my picture]!"
         "[I am sorry|I did not mean it]," said {F}. {Hc} looked at the {col2} spot. {he} [looked for a long time|turned the paper around].
         "[wait|I know]," said {H}. "[it looks like a flower|it can be a balloon|it looks like a big cloud]." {He} took the brush and painted a little more.
         now the picture was [even better|more beautiful]. {parent} put it on the wall. "[I like the {col2} part best|what a nice picture]," said {parent}.
         {H} and {F} [looked at each other and smiled|laughed].
         """),
    # picnic and ants
    dict(said=["let's have a picnic.", "I packed some {food}s."],
         want=["to have a picnic {at}", "to eat outside"],
         pred=["had a picnic {at}", "packed a basket with {food}s"], friend="any",
         body="""
         {H} and {F} [put a {col} blanket on the grass|sat down under a tree]. {F} had {food2}s, and {H} had {num} {food}s.
         they went to [wash their hands|look at the water]. when they came back, one {food} was gone. "[who took it|did you eat it]?" asked {H}. "[no, I did not|it was not me]," said {F}.
         then {H} saw many ants in the grass, with the {food}! "[they are hungry, too|look over there]," said {F}.
         {H} was angry at first, but then {he} laughed. "[there is enough for all|we can share with them]," {he} said.
         so everyone had something to eat. [the sun was warm|the birds sang], and it was the best picnic of the year.
         """),
    # boat floats away
    dict(said=["my {col} boat can swim.", "look at my little {col} boat!"],
         want=["to put {his} {col} boat on the water", "to sail {his} little {col} boat"],
         pred=["made a {col} boat out of [paper|wood]", "had a little {col} boat"], friend="animal",
         body="""
         {he} put the boat on the river. but the water was fast, and the boat went [away|far away]. "come back!" cried {H}.
         {he} ran [along the river|after it], but {he} was too slow. then {he} met {FI}. "[please help me|I lost my boat]," said {H}. "[it is {col}|it has a {col} sail]."
         "[I saw it|I know where it is]," said {F}. "[it is under the bridge|it is near the old mill|it is behind the big stone]." They went there together.
         the {col} boat was there, and a {X} sat in it. "[I like this boat|what a nice boat]," said the {X}.
         "[you can have a ride|we can all play with it]," said {H}. They tied the boat to a [string|rope], so it could not get lost again.
         """),
    # hide and seek
    dict(said=["let's play hide and seek.", "you will never find me."],
         want=["to play hide and seek", "to find the best place to hide"],
         pred=["played hide and seek with {F}", "was playing hide and seek with {F}"], sleeps=True, weight=1.3, hero="any", friend="any",
         slots={"hide": ["in a big box", "under the bed", "behind the hay", "in the closet", "inside an old tree"]},
         body="""
         {F} closed {fhis} eyes and counted to ten. {H} hid {hide}. it was dark and warm there, and {H} [closed {his} eyes|began to feel sleepy].
         "[here I come|ready or not, here I come]!" said {F}. {fHe} looked [behind the door|under the table] and {at}, but {fhe} did not find {H}.
         [soon it was dark|it got late]. {parent} came to look, too. "[come home|come out], {H}!" called {parent}. nobody answered.
         then {F} heard a sound. it was a snore! somebody was there, {hide}. {H} was [fast asleep|sleeping like a baby]!
         {F} laughed and [woke {him} up|touched {his} nose]. "[did I win|is the game over]?" asked {H}. "[yes|you did]," said {F}. "[you are the best at hiding|but you snore too loud]."
         """),
    # gate left open
    dict(said=["oh no, the gate is open!", "where is the {X}?"],
         want=["to help on the farm", "to find the {X}, who ran away"],
         pred=["forgot to close the gate", "worked on the farm with {parent}"],
         body="""
         the {X} was not [in the barn|in the yard]. [it had run away|it was gone]! "[it is because of me|I left the gate open]," said {H}. {Hc} was {bad}.
         {he} asked {FI}, "did you see the {X}?" "[it went to {place}|I saw it {at2}]," said {F}.
         {H} [ran there|went there] and saw the {X}. it was eating [flowers|a {food}|the neighbor's corn]. "come home," called {H}, but the {X} [did not listen|ran away again].
         then {F} [had an idea|said something smart]. "[show it a {food2}|it will follow a {food2}]," said {F}. {Hc} held up a {food2}, and the {X} came [at once|slowly].
         they [took it home|went back to the farm]. this time, {H} closed the gate [well|with a rope]. "[now I will always check it|I will not forget again]," {he} said.
         """),
    # crying wolf
    dict(said=["I am so bored.", "I am bored."],
         want=["to play a trick on {his} friends", "to make everyone laugh"],
         pred=["was bored and wanted to play a trick", "was bored"], slots={"beast": ["bear", "wolf", "monster", "lion"]}, friend="any",
         body="""
         {H} went outside. "[a {beast} is coming|help, a {beast}]!" shouted {H}. {F} ran [to help|as fast as {fhe} could]. but there was no {beast}. {H} only laughed.
         the next day, {H} did it again. {F} came again, and {F} was angry. "[that is not funny|you must not lie]," said {F}.
         then a real {beast} came out of the forest! "help!" cried {H}. but nobody came, because they thought it was a trick.
         {H} [climbed a tree|hid behind a big stone] and waited until the {beast} [went away|was gone]. it took a very long time.
         in the evening, {he} went to {F}. "I am sorry," said {H}. "[I will not lie again|from now on I will tell the truth]."
         "[good|I am glad]," said {F}, and [they were friends again|{fhe} gave {him} a hug].
         """),
    # letter in the wind
    dict(said=["I wrote a letter to {gran}.", "I miss {gran}."],
         want=["to write a letter to {gran}", "to see {gran}"],
         pred=["wrote a letter to {gran}", "missed {gran} very much"], slots={"gran": ["Grandma", "Grandpa"], "parent": ["Mom", "Dad"]}, friend="animal",
         body="""
         [in the letter, {he} wrote|the letter said], "[please come and see me|I love you and I miss you]." {Hc} put it in a {col} [envelope|bag].
         on the way, the wind blew the letter [away|over the trees]. {H} ran after it, but it was gone. {he} [cried|sat down and cried].
         {FI} saw it. {F} [jumped|ran] and caught the letter [in the air|before it fell into the river]. "[I have it|here is your letter]," said {F}. "[I will take it to {gran}|I can bring it to {gran}]."
         the next {time}, there was a knock at the door. {H} opened it, and there was {gran} with {F}! "[I got your letter|your letter made me so happy]," said {gran}.
         {H} hugged {gran} and gave {F} a {food}. They all [had tea|ate pancakes] together.
         """),
    # hot day, the well
    dict(said=["I am so thirsty.", "it is too hot today."],
         want=["a drink of water", "some cold water"],
         pred=["was hot and thirsty", "carried water from the well"],
         body="""
         the sun was hot, and there was no water [{at}|in the house]. {H} took a {col} bucket and walked to the well. it was far away.
         on the way back, {H} met {FI}. "[please give me some water|I am so thirsty]," said {F}. {Hc} gave {fhim} [a drink|some water].
         then {H} saw a little flower. it was dry and [its head hung down|almost dead]. {he} gave the flower some water, too. now the bucket was [almost empty|half empty].
         "[I have only a little left|there is not much left]," said {H}. but then [dark clouds came|it began to rain], and the bucket [filled up again|was full of rain].
         "[look|see], you gave water away and now you have more," said {F}. {Hc} [laughed and danced in the rain|was {good}].
         """),
    # one coin
    dict(said=["I have one coin.", "I want to buy that {ctoy}."],
         want=["to buy a {ctoy}", "the {ctoy} in the shop"],
         pred=["had one coin", "saw a {ctoy} in the shop"], dream="the {ctoy}",
         body="""
         the {toy} cost one coin, and {H} had just one. {he} was so happy that {he} ran to the market.
         but near the shop {he} saw {FI}. {F} was [thin and hungry|sitting alone and crying]. "[I did not eat for two days|I am so hungry]," said {F}.
         {H} looked at the {ctoy}. then {he} looked at {F}. {he} bought [bread|a big {food}] with the coin and gave it to {F}. "[you need it more|this is for you]," {he} said.
         [the man in the shop|the old woman in the shop] saw it all. "[you have a good heart|that was very kind]," said the [man|shop owner]. "here is the {toy}. it is a gift."
         {H} [could not believe it|was {good}]. Now {he} had the {ctoy} and a new friend.
         """),
    # nest
    dict(said=["a nest fell from the tree!", "look, a little nest."],
         want=["to help the little birds", "to put the nest back in the tree"],
         pred=["found a nest on the ground", "saw a nest fall from a tree"], dream="birds",
         body="""
         there were {num} [baby birds|blue eggs] in the nest. the wind had [blown it down|pushed it from the tree]. "[we must help them|poor little ones]," said {H} to {F}.
         {H} [took the nest in {his} arms|picked up the nest], and {F} [held the tree|found a rope|got a box to stand on]. slowly, {H} climbed up and put the nest back.
         then they hid and waited. [soon|after some time], the mother bird came back. she [looked into the nest|counted them all] and began to sing.
         "[she is happy|they are safe now]," said {F}. {Hc} nodded.
         from then on, the bird came to {H's} window every morning and sang [a song|for {him}]. {H} [always listened|always said good morning].
         """),
    # lost in the forest
    dict(said=["I think I am lost.", "which way is home?"],
         want=["to go home, but {he} was lost", "to see the deep forest"],
         pred=["got lost in the forest", "walked too far into the forest"], friend="animal", weight=1.1,
         body="""
         [all the trees looked the same|it was getting dark]. {H} [called for {parent}|walked left and right], but [nobody answered|{he} did not find the way].
         {he} sat down [on a stone|under a tree] and [cried|tried to be brave]. then {he} heard a voice. "[are you lost|who is crying here]?" It was {FI}.
         "[I want to go home|I can not find my house]," said {H}. "[my house has a {col} door|I live near the {spot}]." "[I know that house|I know where it is]," said {F}.
         {F} showed {him} the way. they went [over the bridge|past the old mill] and [along the river|down the hill]. then {H} saw [the {col} door|a light].
         {parent} was waiting at the door and [hugged {him}|held {him} tight]. "[{F} brought me home|{F} is my friend]," said {H}.
         {parent} gave {F} [a bowl of soup|a {food}] and thanked {fhim}.
         """),
    # garden thief
    dict(said=["someone took my {food2}s!", "who ate the {food2}s?"],
         want=["to catch the thief", "to know who took the {food2}s"],
         pred=["saw that someone took the {food2}s", "saw that {num} {food2}s were gone"], friend="animal",
         body="""
         every night, some {food2}s were gone from the garden. so {H} [hid behind a bush|sat behind the wall] and waited with a lamp.
         ?{he} was tired, but {he} did not sleep.
         at midnight, something moved. it was {FI} with a {food2}! "stop!" shouted {H}. {Fc} [began to cry|was scared]. "[I am sorry|please do not be angry]," said {F}. "[my babies have nothing to eat|I was so hungry]."
         {H} was not angry any more. "[you could just ask me|why did you not ask]?" {he} said. "[I have enough|you can help me in the garden]."
         from that day on, {F} helped {H} [water the plants|in the garden], and at the end of the day they shared the {food2}s.
         """),
    # clean room
    dict(said=["my room is a mess.", "I do not want to clean my room."],
         want=["to play, but {his} room was a mess", "to play outside with {F}"],
         pred=["had a very messy room", "did not want to clean {his} room"], hero="child",
         body="""
         there were [toys|books and socks] all over the floor. "first clean your room," said {parent}. {Hc} was not happy.
         then {F} came to play. "[I want to see your {ctoy}|let's play with the {ctoy}]," said {F}. {Hc} looked for it, but {he} could not find it in the mess.
         "[I will help you|we can clean together]," said {F}. {F} put the books on the shelf, and {H} put the toys in the box. they [sang a song|made it a game].
         under the last [sock|blanket], {H} saw something {col}. "my {toy}!" {he} cried. "[it was here all the time|so that is where it was]."
         now the room was clean, and {parent} was {good}. {H} and {F} played with the {ctoy} [all day|until dinner].
         """),
    # fireflies and dark path
    dict(said=["my lamp is broken.", "it is so dark here."],
         want=["to go home, but it was dark", "a light for the dark path"],
         pred=["had to walk home in the dark", "lost {his} lamp in the dark"], friend="any",
         body="""
         there was no moon, and {H} could not see the path. {he} [fell over a stone|was afraid to walk on]. "is anyone there?" {he} called.
         "[I am here|it is me]," said {FI}. {F} was [lost|alone in the dark], too. They held hands and [walked slowly|went on step by step].
         then a small light came, and one more, and one more. they were fireflies! "[we will show you the way|follow us]," they said.
         the path was [bright|full of little lights] now. {H} and {F} followed the lights [over the hill|out of the forest] and came home.
         "[thank you, little lights|good night, little lights]," said {H}. The fireflies [danced in the air|flew around {him}] and were gone.
         """),
    # being different
    dict(said=["why do I have such {big} {part}?", "I do not like my {big} {part}."],
         want=["to look like the others", "to have small {part}"],
         pred=["looked at {his} very {big} {part}", "did not like {his} {big} {part}"], slots={"big": ["big", "long"], "part": ["ears", "feet", "legs"]}, friend="any",
         body="""
         [the others laughed at {him}|the other animals laughed]. "look at those {part}!" they said. {H} [hid behind a tree|was {bad}] and did not want to play.
         one night, there was a [big storm|big flood]. {F} was [far away {at}|stuck {at}] and called for help. [nobody could hear it|nobody else could help].
         but {H} could, because {he} had such {big} {part}. {he} went into the [rain|dark night] and found {F}. {he} brought {fhim} home [safely|before morning].
         "[you saved me|your {part} saved me]!" said {F}. "[they are the best {part}|I am sorry that I laughed]."
         after that, nobody laughed [any more|at {H} again]. {H} looked at {his} {part} and [smiled|was proud].
         """),
    # helping an old one
    dict(said=["I want to help someone today.", "I will do a good thing today."],
         want=["to help someone", "to do a good thing"],
         pred=["was on the way to {place}", "went for a walk {at}"], friend="any",
         body="""
         {he} met {FI} with a heavy bag. {F} was [tired|very slow] and the bag was full of [{food}s|wood|stones]. "[I can help you|let me carry the bag]," said {H}. "[thank you, that is kind|oh, thank you]," said {F}.
         {H} put the bag on {his} back. it was heavy, and the way was long. they went [up the hill|over the bridge] and rested {at}.
         ?"are you tired?" asked {F}. "[only a little|no, I am strong]," said {H}.
         [at last|then] they came to {F's} house. {F} [made tea|opened the bag] and gave {H} a {food}. "[you are strong and kind|I will not forget this]," said {F}.
         the next day, {H} had to carry a big box. now {F} came and helped {him}.
         """),
    # jealous of new baby
    dict(said=["there is a new baby at home.", "nobody has time for me."],
         want=["to play with {parent}, but {parent} was busy with the baby", "more time with {parent}"],
         pred=["had a new baby [brother|sister]", "was sad because everyone looked at the new baby"], hero="child", slots={"parent": ["Mom", "Dad"]},
         body="""
         the baby cried [all day|at night], and {parent} had no time. {H} [went to {his} room|talked to {F} about it]. "[they do not love me any more|I do not like the baby]," said {H}.
         "[you were a baby, too|babies need a lot of help]," said {F}. "[maybe you can help|show the baby your {ctoy}]."
         {H} took {his} {ctoy} and sat down by the baby. {he} [made a funny face|sang a soft song]. the baby stopped crying and [laughed|smiled at {him}]!
         "[you are so good with the baby|the baby loves you]," said {parent}. "[come here, there is a place for you, too|I love you both]."
         {H} sat next to {parent} and held the baby's hand. {he} was {good} to be [big|the big one].
         """),
    # bus/train journey
    dict(said=["I want to see the sea.", "today we go to the sea."],
         want=["to see the sea", "to go on a trip with {F}"],
         pred=["was going to the sea with {F}", "went to see the sea"], friend="any", dream="the sea", sleeps=False,
         body="""
         {H} and {F} took [the train|the bus|a small boat]. they [looked out of the window|ate a {food}] and saw {num} [{X}s|farms] on the way.
         ?{F} was so tired that {fhe} fell asleep. "wake up, we are there!" said {H}.
         the sea was [big and blue|bigger than a hundred lakes]. {H} ran to the water, and a wave [wet {his} feet|came and kissed {his} feet]. "[it is cold|it tickles]!" {he} cried.
         they found a {col} shell. {H} held it to {his} ear. "[I can hear the sea|the sea is in it]," {he} said. {Fc} listened, too.
         in the evening, they had to go home. {H} [was sad to go|did not want to go]. "[take the shell with you|now the sea is in your bag]," said {F}.
         that night, {H} put the {col} shell [under {his} pillow|near {his} bed] and heard the sea.
         """),
    # too big shoes / pretending to be grown up
    dict(said=["I want to be big.", "I am not a baby."],
         want=["to be big like {parent}", "to wear {parent}'s [shoes|hat]"],
         pred=["put on {parent}'s big shoes", "wanted to be big"], hero="child",
         body="""
         {he} took {parent}'s shoes and {parent}'s hat. they were much too big. {H} could not [see well|walk well], and {he} fell [over the {ctoy}|on the floor]. bump!
         {parent} came in and helped {him} up. "[why do you wear my shoes|what are you doing], {Hv}?" asked {parent}. "[I want to be big|I want to be like you]," said {H}.
         "[you will be big one day|big people have a lot of work]," said {parent}. "[today you can be small and play|now it is time to play]."
         then {F} called from outside. "[come and play|let's climb the tree]!" {Hc} put on {his} own shoes and ran [outside|to {F}].
         {H} and {F} [climbed a tree|slid down the hill] and laughed. "[it is good to be small|big people can not do this]," said {H}.
         """),
    # well-meant help, the tooth
    dict(said=["my tooth is loose.", "my tooth hurts."],
         want=["to pull out {his} loose tooth", "a new tooth"],
         pred=["had a loose tooth", "was afraid because {his} tooth was loose"], hero="child",
         body="""
         it [moved left and right|moved when {he} talked]. {H} could not eat {his} {food}. "[it will hurt|I am afraid]," {he} said.
         {F} came to see. "[my tooth came out, too|it did not hurt me], and now I have a new one," said {F}. "[you must be brave|bite into this {food2}]."
         {H} closed {his} eyes and took a big bite of the {food2}. then {he} felt something. the tooth was in the {food2}! "[it did not hurt|it is out]!" shouted {H}.
         in the evening, {he} put the tooth in a small {col} box. in the morning, there was a [coin|shell] in the box.
         {H} showed it to {F} with a big smile. now there was a hole in {his} smile, and they both laughed.
         """),
]
