# English. *bold* may be used; a value is put in with { $name }.

-business = IKI Care

literal = { $text }

### Words that people write (comma-separated; all languages count everywhere)

command-menu = menu, main menu, home
command-cancel = cancel, abort, never mind, nevermind
command-back = back, go back, previous
command-help = help, how does this work
command-agent = agent, human, representative, customer service, talk to an agent, talk to agent, talk to cs, speak to an agent, speak to a human, talk to a human, support, talk to someone, talk to a person, speak to someone, speak to a person, real person, live agent, live chat, chat with an agent, i want to talk to an agent, i want to talk to someone
command-language = language, change language
command-language-id = indonesian
command-language-en = english, in english
command-yes = yes, yep, yeah, sure
command-no = no, nope
command-resume = resume, continue, go on
command-stop = stop, unsubscribe
command-start = start, subscribe
greetings = hello, hi, hey, good morning, good afternoon, good evening, yo
thanks = thanks, thank you, thx, ty, great, cool, okay, ok thanks, okay thanks, thank you very much, thanks a lot

### Labels

label-menu = Menu
label-back = Back
label-agent = 👩‍💼 Talk to an agent
label-language = 🌐 English / Bahasa
label-resume = ↩️ Go on with: { $flow }
label-whatsapp = Continue on WhatsApp
label-leave = Yes, end it
label-stay = No, keep talking
label-template = Send template
numbers-hint = Answer with the number.
label-list = Choose
language-id = Bahasa Indonesia
language-en = English
title-care = your question
title-language = the language
title-rating = the rating

### Menu and care

welcome = Hello! 👋 Welcome to *{ -business }*. How can we help?
    Choose a topic below, or just write what is wrong.
menu = How can we help?
    Choose a topic, or just write what is wrong.
menu-resume = How can we help?
    Choose a topic, go on with what you were doing, or just write what is wrong.
care-answer = *{ $topic }*

    { $answer }
did-you-mean = Is this what you mean?
you-are-welcome = You are welcome! 🙏 Write whenever you need help.
not-understood = Sorry, we did not get that. Choose a topic, or try other words.
not-understood-here = Sorry, we did not get that answer. Please choose one, or write *cancel*.
old-button = That button is no longer valid. Here is the menu.
cancelled = All right, cancelled.
nothing-to-cancel = There is nothing to cancel.
help = *Help*
    Write at any time:
    • *menu*: the topics
    • *back*: one step back
    • *cancel*: drop what you are doing
    • *agent*: talk to one of us
    • *language*: change the language
    • *mentoring*, *VM*, *my orders*: book a session or a server, see your orders
    • *time zone*: WIB, WITA or WIT
    • *STOP* / *START*: end / bring back surveys and promotions
    Or just write what is wrong, for example "my balance has not arrived".
ask-language = Choose your language.
language-set = All right, we will speak English.

### Messages without words

got-sticker = Nice sticker! 😊 If something is wrong, just write it.
got-photo = We got your photo, but cannot read pictures here. Write what is wrong, or choose *agent* so that one of us looks at it.
got-voice = We got your voice message, but cannot listen to it here. Please write, or choose *agent*.
got-document = We got your file. Write what is wrong, or choose *agent* so that one of us looks at it.
got-location = We got your location. How can we help?
got-contact = We got the contact. How can we help?
got-other = We cannot read that kind of message yet. Please write, or choose a topic.

### Hand-over, to the customer

handover-opened = All right, we are connecting you with an agent. Your case is *#{ $number }*, the expected wait { $minutes } minutes.
    Write what is wrong right here; everything is passed on. Write *menu* to go back to the menu.
handover-opened-later = All right, your case is *#{ $number }*. We are closed just now; somebody will be here on *{ $opening }*.
    Write what is wrong right here; it is read when we open. Write *menu* to go back to the menu.
handover-opened-closed = All right, your case is *#{ $number }*. We are closed just now; an agent will answer as soon as one is here.
handover-unavailable = Sorry, no agent can be reached in this chat at the moment. Try again later, or choose a topic for an answer right away.
still-waiting = Sorry, none of our agents could answer case *#{ $number }* yet. Your messages are kept and will be answered. Write *menu* to go back to the menu.
leave-agent = You are talking to an agent (case #{ $number }). End this talk and go back to the menu?
left-agent = The talk of case #{ $number } has ended. Thank you.
stayed = All right, you are still connected with the agent (case #{ $number }).
case-closed = Case *#{ $number }* is closed. Thank you for writing to us.
case-closed-rate = Case *#{ $number }* is closed. Thank you for writing to us.
    How did we do? Give us 1 to 5.
case-idle = We closed case *#{ $number }* because nobody wrote for a long time. Write again whenever you need us.
case-idle-rate = We closed case *#{ $number }* because nobody wrote for a long time. Write again whenever you need us.
    How did we do? Give us 1 to 5.
case-waiting = Our agent has answered your case #{ $number }. Reply to this message to read the answer.
ask-rating = How did we do? Give us 1 to 5.
rated = Thank you for the rating! 🙏
went-wrong = Sorry, something broke on our side and your message could not be handled. Our team has been told. Please try again, or write *agent*.

### STOP and START

stopped = All right, no more surveys or promotions. News about an order or a case of yours (a deadline, an expiry) still comes, and we still answer you.
    Write *START* to bring them back.
started = Welcome back! Surveys and promotions are on again. Write *STOP* at any time to end them.

### To the agents

desk-header = 🆕 *Case #{ $number }* · { $topic }
    Customer: *{ $name }* ({ $contact }, { $channel ->
        [whatsapp] WhatsApp
       *[telegram] Telegram
    }, language { $language ->
        [en] English
       *[id] Indonesian
    })
    Team { $team }: { $agents }
    Write here to answer. Begin with // for a note to colleagues. /bantuan lists the commands.
desk-transcript = The talk so far:
    { $talk }
desk-customer = 👤 { $text }
desk-edited = 👤 ✏️ (edited) { $text }
desk-left = 👋 The customer ended case #{ $number }.
desk-rated = ⭐ The customer's rating: { $stars } of 5.
desk-closed = ✅ Case #{ $number } closed.
desk-idle-closed = 💤 Case #{ $number } closed, since nobody wrote for a long time.
desk-case-closed = Case #{ $number } is closed; this was not sent to the customer.
desk-not-edited = ✏️ An edited message is not passed on. Send a new one if needed.
desk-anonymous = What an anonymous administrator writes is not passed on to the customer. Turn off "Remain anonymous" in your rights and send it again.
desk-cannot-send = This kind of message cannot be passed on to the customer.
desk-id = The id of this group: { $id }
desk-help = *Commands*
    /ambil: this case is yours
    /alih TEAM: hand it to another team
    /balas NAME: send a canned answer
    /tutup: close the case
    /kasus: the open cases
    // at the beginning: a note for colleagues, not sent
desk-unknown-command = There is no command { $command }. /bantuan lists them.
desk-only-in-topic = { $command } only works inside a case's topic.
desk-no-cases = No open cases. 🎉
desk-cases = *{ $count } open cases*
    { $cases }
desk-taken = 🙋 { $agent } takes case #{ $number }.
desk-taken-over = 🙋 { $agent } takes case #{ $number } over from { $before }.
desk-already-yours = Case #{ $number } is yours already.
desk-moved = 🔀 Case #{ $number } goes to the team { $team }: { $agents }.
desk-unknown-team = There is no such team. There are: { $teams }.
desk-unknown-canned = There is no such answer. There are: { $names }.
desk-canned-sent = 📨 Sent: { $reply }
desk-nudge = ⏰ { $agent }, the customer of case #{ $number } has waited for { $unit ->
        [hours] { $count } hours
       *[minutes] { $count } minutes
    }.
desk-undeliverable = ⚠️ The last message did not reach the customer: { $reason ->
        [window-closed] more than 24 hours have passed since they wrote. It is sent as soon as they write again.
        [blocked] they have blocked us.
        [no-chat] they have never begun a chat.
        [bad-address] the address is not valid.
        [expired] it failed for too long.
       *[other] the provider refused it.
    }
desk-template-sent = 📨 Template sent. Your answer follows as soon as the customer writes.

### To ops

ops-no-desk = ⚠️ { $person } asks for an agent, but AGENTS_CHAT_ID is not set.
ops-no-topic = ⚠️ The topic for case #{ $case } cannot be made: { $error }
ops-desk-refuses = ⚠️ The agents' group refuses a message of case #{ $case }: { $reason }
ops-undeliverable = ⚠️ Message "{ $text }" to { $person } was not delivered: { $reason } { $detail }
ops-set-aside = 🧯 Message { $entry } of { $person } was set aside after several failures ({ $error }).
ops-nobody-answers = ⚠️ No agent has answered case #{ $case } for { $unit ->
        [hours] { $count } hours
       *[minutes] { $count } minutes
    }.
ops-status = Inbox: { $inbox } · cases waiting: { $waiting } · cases with an agent: { $active }
ops-help = Commands: /status, /errors, /errors new, /errors word, /servers, /server 17, /id

### The care page

page-title = { -business }
page-greeting = Hello! How can we help?
page-greeting-named = Hello, { $name }! How can we help?
page-intro = Choose a topic. A chat opens with a message ready to send.
page-whatsapp = WhatsApp
page-telegram = Telegram
page-closed = No chat channel is active yet.

### The payment pages

pay-done-title = Thank you
pay-done = Please go back to the chat. As soon as your payment has reached us, we tell you there.
pay-by-stripe = { $currency ->
        [IDR] Credit or debit card
       *[other] Card or Alipay
    }
pay-by-xendit = Bank transfer, e-wallet, QRIS
pay-by-sandbox = 🧪 Trial payment
sandbox-title = Trial payment
sandbox-note = This page is for trying things: no real money moves.
sandbox-open = Waiting for the payment until { $until }.
sandbox-closed = This link is closed. Money that comes all the same will be seen to.
sandbox-came = ✅ { $amount } received { $at }.
sandbox-coming = ⏳ { $amount } will come { $at }.
sandbox-failed = ❌ The last payment failed. Please try again.
sandbox-pay = Pay
sandbox-pay-again = Pay once more
sandbox-twice = Pay twice
sandbox-fail = Fail to pay
sandbox-late = Pay late, after the deadline
sandbox-other = Pay another amount
sandbox-other-amount = Another amount ({ $currency }, smallest unit)
sandbox-back = Back

### one-time page

server-password-title = Your server's first password
server-password-ask = Press the button when you are ready to write it down.
server-password-once = It is shown once only. After that it is deleted here.
server-password-show = Show the password
server-password-shown = This is the password. Copy it now: it is deleted here already.
server-password-change = When you log in for the first time, the server asks you to choose a password of your own.
server-password-login = You log in with
server-password-gone = There is no password to be seen here any more: it was shown once, or the link has expired.
server-password-what-now = You did not see it? Write "my servers" in the chat: where yours can be reinstalled, it gets a new password, and everything on it is deleted. Or write "agent", and we help you.

### my servers

command-servers = my servers, my server, servers, server list, list servers, server status, my vms, my vm, my machines, my machine, renew my server, renew server, switch off my server, stop my server, start my server, restart my server, reinstall my server, upgrade my server, my server is down
label-servers = 🖥️ My servers
label-server = #{ $number } { $hostname }
label-page-before = ⬅️ Previous
label-page-after = Next ➡️
label-server-order = 🛒 Order a server
label-server-order-of = 🧾 See its order
label-server-show = 🖥️ See the server
label-server-look = 🔎 See how it stands
label-server-start = ▶️ Switch on
label-server-stop = ⏹️ Switch off
label-server-stop-sure = Yes, switch it off
label-server-restart = 🔄 Restart
label-server-reinstall = 💿 Reinstall
label-server-metrics = 📈 Usage
label-server-console = 📺 Console
servers-none = You have no server yet. Would you like to rent one? Press the button.
servers-list = *Your servers* ({ $first }–{ $last } of { $count })

    { $lines }

    Choose one to see it.
server-mark = { $mark ->
        [runs] 🟢
        [off] ⚪
        [waits] 🟡
        [wrong] 🔴
       *[over] ⚫
    }
server-standing = { $standing ->
        [ordered] waiting for payment
        [creating] being made
        [failed] being made, longer than usual
        [starting] being started
        [stopping] being stopped
        [suspending] being suspended
        [restarting] being restarted
        [reinstalling] being reinstalled
        [resizing] being moved to another plan
        [destroying] being deleted
        [running] running
        [off] stopped by you
        [stopped] stopped
        [building] being prepared
        [error] broken, our team is on it
        [missing] not to be found, our team is on it
        [suspended] suspended
        [terminated] deleted
        [cancelled] cancelled
       *[other] changing
    }
server-line = { $icon } *{ $hostname }* (#{ $number }) · { $how }{ $where }{ $left }
server-line-address = { " " }· { $address }
server-line-left = { " " }· { $days ->
        [one] { $days } day left
       *[other] { $days } days left
    }
server-line-over = { " " }· { $term ->
        [today] expires today
       *[expired] expired
    }
server-detail = { $icon } *{ $hostname }* (#{ $number })
    { $lines }
server-detail-after = { $before }

    { $icon } *{ $hostname }* (#{ $number })
    { $lines }
server-standing-line = Status: *{ $how }*
server-state = Its provider says: { $state ->
        [running] running
        [stopped] stopped
        [building] being made
        [error] broken
        [missing] not to be found
       *[other] changing
    }
server-specs = Plan { $plan }: { $cpus } dedicated vCPU, { $memory } GB memory, { $disk } GB disk, { $traffic } TB traffic a month
server-plan = Plan { $plan }
server-place = Region: { $region } · System: { $image }
server-address = Address: { $address } · User: { $user }
server-login = Log in: { $ssh } ({ $access ->
        [key] with your SSH key
       *[password] with your password
    })
server-term-left = Valid until { $expires } ({ $days ->
        [one] { $days } day left
       *[other] { $days } days left
    })
server-term-today = Expires today: { $expires }
server-term-grace = Expired { $expires }. It still runs until { $ends }; renew it before then.
server-term-suspended = Expired { $expires }. It is suspended; what is on it is kept until { $ends }, then deleted for good. Renew it to have it run again.
server-unknown = There is no such server.
server-busy = One moment please, something is still being done to this server.
server-cannot = That is not possible now. This is how the server stands:
server-stop-kept = All right, the server is left running.
server-stop-sure = Stop server *{ $hostname }* (#{ $number })? Everything that runs on it stops until you start it again. Its term goes on.
server-on-it = All right, server *{ $hostname }* (#{ $number }) is being { $action ->
        [start] started
        [stop] stopped
        [restart] restarted
       *[reinstall] reinstalled
    }. We tell you here when it is done.
server-done = ✅ Server *{ $hostname }* (#{ $number }) { $action ->
        [start] is running.
        [stop] is stopped.
       *[restart] was restarted and is running.
    }
server-not-done = ⚠️ Sorry, server *{ $hostname }* (#{ $number }) could not be { $action ->
        [start] started.
        [stop] stopped.
       *[restart] restarted.
    } Try again, or talk to an agent.
server-asked = One moment, we are asking the provider of server *{ $hostname }* (#{ $number }).
server-console = The screen of server *{ $hostname }* (#{ $number }): this link is for you alone, do not pass it on.
server-console-none = Sorry, the provider of server *{ $hostname }* (#{ $number }) cannot give a console now.
server-metrics = 📈 Usage of server *{ $hostname }* (#{ $number }) in the last 24 hours.
server-metrics-none = There are no measurements of server *{ $hostname }* (#{ $number }) yet. A new server is measured from some minutes after its start; try again later.
server-metrics-failed = Sorry, the usage of server *{ $hostname }* (#{ $number }) cannot be had from its provider now. Try again later.
metrics-title = { $hostname } (#{ $number })
metrics-span = { $since } – { $until }
metrics-cpu = CPU
metrics-memory = Memory
metrics-traffic = Traffic
metrics-note = mean { $mean } · highest { $most }
metrics-nothing = not measured
metrics-received = in, max { $most }
metrics-sent = out, max { $most }
metrics-received-nothing = in
metrics-sent-nothing = out
metrics-file = usage-{ $number }.png
title-reinstall = reinstalling a server
label-reinstall-key = 🔐 The SSH key there is
label-reinstall-password = 🔑 A one-time password
reinstall-ask-image = Reinstall server *{ $hostname }* (#{ $number }).
    ⚠️ Everything on it will be deleted for good. Save what you need first.

    Which system is to be installed? Now: { $image }.
reinstall-ask-access = How will you log in afterwards?
reinstall-sure = ⚠️ *Everything on server { $hostname } (#{ $number }) will be lost for good*; it cannot be brought back. To be installed: { $image }, with { $access ->
        [key] the SSH key there is
       *[password] a new password that can be seen once only
    }. Its address and its term stay.

    To go on, type the server's name exactly: *{ $hostname }*
reinstall-kept = All right, nothing was done. Server *{ $hostname }* (#{ $number }) is as it was.
reinstall-gone = Server *{ $hostname }* (#{ $number }) cannot be reinstalled now. Nothing was done.
server-reinstalled = ✅ Server *{ $hostname }* (#{ $number }) was reinstalled with { $image }.
    Log in: { $ssh }
    { $access ->
        [key] Use your SSH key.
       *[password] The button below opens its password: once only, within 24 hours. You will be asked to change it when you first log in.
    }
    The server's host key is new. If ssh warns you, first run: ssh-keygen -R { $address }
server-reinstall-refused = ⚠️ Sorry, server *{ $hostname }* (#{ $number }) could not be reinstalled: its provider refused. Nothing on it was changed. Try again, or talk to an agent.
server-reinstall-unclear = ⚠️ The provider of server *{ $hostname }* (#{ $number }) does not answer, so it is not certain whether the server was reinstalled. If you cannot log in a little later, reinstall it once more or talk to an agent.
server-reinstall-late = ⚠️ Server *{ $hostname }* (#{ $number }) began to be reinstalled with { $image }, but does not answer yet. What was on it is gone. It may be ready soon: { $ssh } ({ $access ->
        [key] with your SSH key
       *[password] with the password behind the button below
    }). If not, reinstall it once more or talk to an agent.

### Commands in Telegram's menu

describe-menu = The topics
describe-mentoring = Book a mentoring session
describe-vm = Order a server (VM)
describe-pesanan = My orders
describe-servers = My servers
describe-cs = Talk to an agent
describe-bantuan = Help
describe-bahasa = Change the language
describe-batal = Drop what you are doing
describe-stop = No more surveys and promotions

### Mentoring: ordering

command-mentoring = mentoring, mentor, mentorship, book a mentor, book mentoring, order mentoring, find a mentor, i want mentoring, i want a mentor, i need a mentor, book a session, mentoring session, book a mentoring session, consultation, coaching
command-orders = my orders, orders, my order, order status, my bookings, my sessions, my booking, my session
mentoring-words = mentorship, mentors, coaching
command-zone = time zone, timezone, change time zone, change timezone, my time zone, set time zone
label-mentoring = 🎓 Mentoring
label-orders = 🧾 My orders
label-order = ✅ Order now
label-change-subject = Change topic
label-change-mentor = Change mentor
label-change-time = Change time
label-change-email = Change e-mail
label-cancel-order = ✖️ Cancel
label-more = ➡️ More
label-go-on = ↩️ Go on
label-zone = 🌏 Change time zone
title-mentoring = your mentoring order
title-zone = the time zone

mentoring-not-offered = Sorry, mentoring is not on offer at the moment.
mentoring-ask-subject = *Mentoring*: choose a topic, choose a time, pay by a link, and meet the mentor by video.

    { $subjects }

    Which topic would you like?
mentoring-subject-line = • *{ $subject }*: { $description }
mentoring-ask-mentor = With whom?

    { $mentors }
mentoring-mentor-line = • *{ $mentor }*: { $profile }
    { $price } for { $minutes } minutes, earliest { $next }
mentoring-mentor-line-full = • *{ $mentor }*: { $profile }
    { $price } for { $minutes } minutes, fully booked
mentoring-ask-day = On which day would you like to meet { $mentor }?
    Choose, or write the day: *tomorrow*, *monday*, *23/11*. It is { $now } where you are.
mentoring-day = { $day }
mentoring-day-past = That day is past. Choose one to come.
mentoring-day-far = That day is too far ahead; you can book up to *{ $last }*.
mentoring-day-full = Nothing is free on that day. These are the days that are left.
mentoring-day-odd = We did not get the day. Write for example *tomorrow*, *monday* or *23/11*.
mentoring-ask-time = { $day }: at what time with { $mentor }?
    Choose, or write the time: *09:00*.
mentoring-time = { $time }
mentoring-time-odd = We did not get the time. Write for example *09:00* or *2 pm*.
mentoring-time-not-free = That time is not available. These are still free.
mentoring-time-gone = Sorry, *{ $at }* can no longer be had: somebody has just taken it, or it is too near. These are still free.
mentoring-full = Sorry, { $mentor } is fully booked. Choose another mentor, or try again tomorrow.
mentoring-cannot-pay = Sorry, this order cannot be paid at the moment. Our team has been told; please try again later.
mentoring-price-changed = The price has just changed. Please look again.
mentoring-ask-email = To which e-mail address may we send the invitation and the receipt?
email-odd = That does not look like an e-mail address. For example: *name@gmail.com*.
mentoring-summary = *Your order*
    Topic: *{ $subject }*
    Mentor: *{ $mentor }*
    Time: *{ $at }* ({ $minutes } minutes)
    E-mail: { $email }
    Price: *{ $price }*

    We hold this time for you for { $hold } minutes. Is all this right?
mentoring-ask-provider = How would you like to pay *{ $price }*?
mentoring-ordered = ✅ Your order *#{ $number }* is noted: { $mentor }, *{ $at }*.
    The link to pay { $price } is on its way; pay before *{ $pay_by }*. The mentor has been asked.

zone-ask = Which time zone are you in? It is { $now } now.
zone-set = All right, times are shown on your clock: it is { $now } now.
zone-wib = WIB (Jakarta)
zone-wita = WITA (Makassar)
zone-wit = WIT (Jayapura)
ops-cannot-pay = ⚠️ Nothing is set up to pay { $price } ({ $what }): see PAYMENTS.

### ordering a machine

command-ordering = order, buy, i want to order, i want to buy, place an order, new order, how to order
command-vm = vm, vps, server, cloud, virtual machine, virtual machines, virtual server, cloud server, rent a vm, rent a vps, rent a server, rent server, buy a vm, buy a vps, buy a server, order a vm, order a vps, order a server, order server, order vm, get a server, i want a vm, i want a vps, i want a server, i need a vm, i need a vps, i need a server, new server, new vm, server price, server prices, vps price
command-currency = currency, change currency, change the currency, choose currency, set currency
vm-words = vms, vps, cloud
label-ordering = 🛒 Order
label-vm = 🖥️ Server (VM)
label-currency = 💱 Change currency
label-password = 🔑 One-time password
label-change-plan = Change plan
label-change-region = Change region
label-change-image = Change system
label-change-term = Change term
label-change-access = Change access
label-change-hostname = Change hostname
title-ordering = your order
title-vm = your server order
title-currency = the currency

ordering-ask = What would you like to order?
ordering-nothing = Sorry, there is nothing to order here at the moment.

currency-ask = In which currency would you like to see prices and pay?
currency-name = { $currency ->
        [AUD] Australian dollar (AUD)
        [CAD] Canadian dollar (CAD)
        [CNY] Yuan (CNY)
        [EUR] Euro (EUR)
        [GBP] Pound sterling (GBP)
        [HKD] Hong Kong dollar (HKD)
        [IDR] Rupiah (IDR)
        [JPY] Yen (JPY)
        [MYR] Ringgit (MYR)
        [NZD] New Zealand dollar (NZD)
        [SGD] Singapore dollar (SGD)
        [USD] US dollar (USD)
       *[other] { $currency }
    }
currency-set = All right, prices of servers are shown in *{ $currency }*.
currency-only = At the moment our prices are in one currency only, so there is nothing to choose.

vm-not-offered = Sorry, servers are not on offer at the moment.
vm-cannot-pay = Sorry, servers cannot be paid at the moment. Our team has been told; please try again later.
vm-all-sold-out = Sorry, all servers are sold out. Try again later, or write *agent* and we will let you know.
vm-ask-plan = *Servers (VM)* with CPUs of your own: choose, pay by a link, and yours is ready within minutes.

    { $plans }

    Which plan? Prices are for a month, before tax.
vm-plan-line = • *{ $plan }*: { $cpus } dedicated vCPU, { $memory } GB memory, { $disk } GB disk, { $traffic } TB traffic
    { $price } a month
vm-plan-line-gone = • *{ $plan }*: { $cpus } dedicated vCPU, { $memory } GB memory, { $disk } GB disk, { $traffic } TB traffic
    { $price } a month, sold out
vm-plan-gone = Sorry, there is no such plan any more. Please choose another one.
vm-too-many-unpaid = You have { $count } server orders that are not paid yet. Please pay or cancel one of them first: write *my orders*.
vm-plan-sold-out = Sorry, *{ $plan }* is sold out. Please choose another plan.
vm-ask-region = Where should your *{ $plan }* server be?

    { $regions }
vm-region-line = • *{ $region }*: available
vm-region-line-few = • *{ $region }*: { $left ->
        [0] sold out
        [1] the last one
       *[other] { $left } left
    }
vm-region-gone = *{ $plan }* is not available in { $region }. Please choose another region.
vm-region-sold-out = Sorry, *{ $plan }* in { $region } is sold out. Please choose another region.
vm-ask-image = Which operating system?
vm-image-gone = { $image } is not available in this region. Please choose another system.
vm-ask-term = For how long would you like your *{ $plan }* server?

    { $terms }
vm-months = { $months ->
        [1] 1 month
       *[other] { $months } months
    }
vm-term-line = • { $months ->
        [1] 1 month
       *[other] { $months } months
    }: { $price }{ $percent ->
        [0] { "" }
       *[other] , { $percent }% off
    }
vm-term-odd = There is no such term. You can have:
    { $terms }
vm-term-gone = Sorry, that term is no longer on offer. Please choose another one.
vm-term-cannot-pay = Sorry, { $price } cannot be paid in any of our ways to pay yet. Please choose another term; our team has been told.
vm-ask-access = How will you log in to the server?
    Paste your *SSH public key* here: one line that begins with ssh-ed25519, ssh-rsa or ecdsa (what is in the file ending in .pub).
    Or choose a one-time password: you read it once on a page of its own, and it never goes through the chat.
vm-key-private = 🛑 That is a *private* key! Never send it to anybody. We do not use it; delete that message and make a new pair of keys.
    What we need is the *public* key: what is in the file ending in .pub.
vm-key-format = That is not how OpenSSH writes a key. We need one line like *ssh-ed25519 AAAA...*; in PuTTYgen, copy the box at the top.
vm-key-lines = That is more than one line. Send a single key, without a line break in it.
vm-key-options = Something stands in front of the kind of key. Send the key alone, beginning with *ssh-...* or *ecdsa-...*.
vm-key-kind = We do not take that kind of key. Use ed25519, ECDSA, or RSA of 2048 to 16384 bits.
vm-key-short = That RSA key is too short. Use RSA of at least 2048 bits or, better, ed25519.
vm-key-odd = That is not a whole SSH public key. Copy everything in the .pub file, or choose the one-time password.
vm-ask-hostname = What should your server be called? For example *shop-1* or *web.example.com*.
vm-hostname-words = A server's name is one word, without spaces. For example *shop-1*.
vm-hostname-characters = A server's name has only letters from a to z, digits, hyphens and full stops.
vm-hostname-hyphen = A hyphen cannot be at the beginning or the end of a name.
vm-hostname-points = A full stop can only stand between two names: not first, not last, and not twice in a row.
vm-hostname-long = That name is too long: at most 63 characters between full stops, and 253 altogether.
vm-hostname-digits = A server's name, or its last part, cannot be digits alone.
vm-hostname-reserved = That name has a meaning of its own on every server. Please choose another one.
vm-hostname-taken = You already have a server of that name. Please choose another one.
vm-ask-email = To which e-mail address may we send the invoice and news of your server?
vm-access-key = key { $key }
vm-access-password = one-time password
vm-summary = *Your order*
    Plan: *{ $plan }* ({ $cpus } dedicated vCPU, { $memory } GB memory, { $disk } GB disk, { $traffic } TB traffic)
    Region: *{ $region }*
    System: *{ $image }*
    Term: { $months ->
        [1] 1 month
       *[other] { $months } months
    }
    Log in by: { $access }
    Hostname: *{ $hostname }*
    E-mail: { $email }

    { $invoice }

    Is all this right?
vm-changed = The price or the plan itself has just changed. Please look again.
vm-ask-provider = How would you like to pay *{ $price }*?
vm-ordered = ✅ Your order *#{ $number }* is noted: server *{ $hostname }* ({ $plan }, { $region }, { $image }).

    { $invoice }

    The link to pay is on its way; pay before *{ $pay_by }*. Until then this server is kept for you. The invoice follows when it is paid.
vm-invoice-line = { $what }: { $amount }
vm-invoice-net = Before tax: { $amount }
vm-invoice-tax = VAT (PPN) { $rate }%: { $amount }
vm-invoice-total = Total: *{ $amount }*
ops-no-currency = ⚠️ Servers cannot be ordered: no way to pay takes a currency of the catalog. See PAYMENTS.


### Mentoring: the session

label-approve = ✅ Approve
label-decline = ❌ Decline
label-other-time = Choose another time
label-again = Order again
label-link = 💳 Payment link
label-receipt = Receipt
label-propose = 🔁 Ask for another time
label-room = 🎥 Enter the room
label-move = Change the time
label-cancel-session = Cancel it
label-cancel-sure = Yes, cancel it
label-keep = Keep it
label-done = ✅ We met
label-no-show = 🚫 Did not come
title-move = the session's new time

session-approved-unpaid = 👍 Mentor { $mentor } has accepted order #{ $number } for { $at }. Pay by *{ $pay_by }*, and the session is certain.
session-paid-waiting = We have received the payment for order #{ $number }. Now mentor { $mentor } has to answer, by *{ $approve_by }*. Without an answer all the money goes back.
session-confirmed = ✅ Session #{ $number } is confirmed!
    📚 { $subject } with { $mentor }
    🗓 *{ $at }*, until { $until }
    We remind you a day, an hour and ten minutes before.
session-moved = 🔁 Session #{ $number } has a new time.
    📚 { $subject } with { $mentor }
    🗓 *{ $at }*, until { $until }
    The earlier invitation no longer counts.
room-later = the room's link follows
session-room-follows = The room for session #{ $number } is not ready yet; we send its link here before the session begins.
session-room = 🎥 The room for session #{ $number } is ready. The session is still on { $at }.
session-room-line = Room: { $room } (open when it is time)
session-declined = Sorry, mentor { $mentor } cannot take order #{ $number } for { $at }. Please choose another time.
session-unanswered = Sorry, mentor { $mentor } did not answer order #{ $number } for { $at }, so we have cancelled it. Please choose another time or mentor.
session-expired = The time to pay for order #{ $number } is over, so it is closed. Still want it? Please order again.
session-reminder-day = 📅 A reminder: session #{ $number }, { $subject }, { $mentor } and { $customer }, begins on *{ $at }* (until { $until }).
session-reminder-hour = ⏰ Soon: session #{ $number }, { $subject }, { $mentor } and { $customer }, begins on *{ $at }* (until { $until }).
session-reminder-soon = 🔔 Get ready: session #{ $number }, { $subject }, { $mentor } and { $customer }, begins on *{ $at }* (until { $until }).
session-rate = How was session #{ $number } with { $mentor }? Give us 1 to 5.
session-no-show = Mentor { $mentor } says that you did not come to session #{ $number }. If that is wrong, write *agent*.
session-cancel-sure = Cancel order #{ $number } ({ $subject }, { $at })? What comes back: *{ $amount }* of { $price }.
session-cancelled = Order #{ $number } for { $at } is cancelled.
session-cancelled-by-mentor = Sorry, mentor { $mentor } has cancelled session #{ $number } on { $at }. All your money comes back.
session-move-asked = Mentor { $mentor } asks for another time for session #{ $number } ({ $at }). Choose a new time, or cancel free of charge. If you choose none, the session stays as it is.
session-moving = All right, session #{ $number } moves to *{ $at }*. A new invitation follows.
session-move-too-late = Session #{ $number } can no longer be moved.
session-move-no-times = There is no other free time with { $mentor } yet. Session #{ $number } stays on { $at }.

label-move-sure = Yes, move it
move-ask-day = Session #{ $number } with { $mentor } is on { $at }. Which day would you like?
move-day = { $day }
move-ask-time = At what time on { $day }?
move-time = { $time }
move-day-full = There is no free time on that day. Choose one of these:
move-time-taken = That time is not free. Choose one of these:
move-time-gone = Sorry, that time has just been taken. Choose another one:
move-sure = Move session #{ $number } from { $at } to *{ $new }*?
session-kept = All right, session #{ $number } stays on { $at }.

mentor-asked = 📩 *Order #{ $number }*
    📚 { $subject } with { $customer }
    🗓 *{ $at }*, until { $until }
    💰 { $paid ->
        [yes] Paid: { $price }.
       *[no] Not paid yet ({ $price }).
    }
    Please answer by *{ $approve_by }*.
mentor-approved = ✅ You have accepted order #{ $number } ({ $customer }, { $at }). The invitation follows.
mentor-approved-unpaid = ✅ You have accepted order #{ $number } ({ $customer }, { $at }). The customer has not paid yet; we tell you as soon as it is certain.
mentor-declined = You have declined order #{ $number } ({ $customer }, { $at }). The customer has been told.
mentor-stands = Order #{ $number } ({ $customer }, { $at }) { $status ->
        [approved] has been accepted by you and waits for the payment.
        [confirmed] is confirmed.
        [done] is done.
        [no-show] is noted: the customer did not come.
        [expired] was not paid in time and is closed.
        [declined] was declined or not answered in time.
        [cancelled] was cancelled.
       *[open] is past its time.
    } Nothing has changed.
mentor-session-confirmed = ✅ Session #{ $number } is confirmed.
    📚 { $subject } with { $customer }
    🗓 *{ $at }*, until { $until }
mentor-session-moved = 🔁 Session #{ $number } has a new time.
    📚 { $subject } with { $customer }
    🗓 *{ $at }*, until { $until }
mentor-session-expired = Order #{ $number } ({ $customer }, { $at }) was not paid and is closed. The time is free again.
mentor-session-unanswered = We have cancelled order #{ $number } ({ $customer }, { $at }), since there was no answer.
mentor-session-cancelled = The customer { $customer } has cancelled order #{ $number } ({ $at }). The time is free again.
mentor-cancel-sure = Cancel session #{ $number } with { $customer } ({ $at })? The customer gets *{ $amount }* back.
mentor-cancel-unpaid = Cancel session #{ $number } with { $customer } ({ $at })? Nothing has been paid.
mentor-cancelled = You have cancelled session #{ $number } with { $customer } ({ $at }). The customer has been told.
mentor-move-asked = All right, we ask { $customer } to choose another time for session #{ $number }. Until then it stays on { $at }.
mentor-move-asked-already = We have asked { $customer } already to choose another time for session #{ $number }. Until then it stays on { $at }.
mentor-ask-after = Session #{ $number } with { $customer } is over. Did you meet? Without an answer we take it that you did.
mentor-noted-done = Thank you. Session #{ $number } with { $customer } is noted as held.
mentor-noted-no-show = Noted: { $customer } did not come to session #{ $number }. You are paid your share all the same.
mentor-month = 📊 Month { $month }: { $count } sessions, your share *{ $sum }*.

orders-none = No orders yet. Would you like to order? Press the button.
orders-list = *Your orders* ({ $first } to { $last } of { $count }). Choose one to see it.
orders-line = #{ $number } · { $subject } · { $day } · { $status ->
        [unpaid] not paid yet
        [waiting] waiting for mentor
        [confirmed] confirmed
        [done] done
        [no-show] did not come
        [expired] expired
        [declined] declined
       *[cancelled] cancelled
    }
order-detail = *Order #{ $number }* · { $subject }
    Mentor: { $mentor }
    Time: { $at }, until { $until }
    Price: { $price }
    ℹ️ { $status ->
        [confirmed] Paid and confirmed.
        [done] Done.
        [no-show] You are noted as not having come.
        [expired] Not paid in time, closed.
        [declined] Not accepted by the mentor. What was paid goes back to you.
       *[cancelled] Cancelled.
    }
order-detail-unpaid = *Order #{ $number }* · { $subject }
    Mentor: { $mentor }
    Time: { $at }, until { $until }
    Price: { $price }
    ℹ️ Not paid yet. Pay by *{ $pay_by }*.
order-detail-waiting = *Order #{ $number }* · { $subject }
    Mentor: { $mentor }
    Time: { $at }, until { $until }
    Price: { $price }
    ℹ️ Paid. The mentor answers by *{ $approve_by }*.
order-unknown = That order is not among yours.
order-link = Order #{ $number }, *{ $price }*. Pay by *{ $pay_by }*:
order-link-coming = One moment, we are preparing the payment link for order #{ $number }.
order-choose-way = Order #{ $number }, *{ $price }*. How would you like to pay?
order-receipt = The receipt of order #{ $number }.
order-rated = Thank you for the rating: { $stars }⭐

ops-mentor-unknown = ⚠️ Order #{ $number }: mentor { $mentor } has no chat with this bot yet (/start mentor_CODE), { $mail ->
        [yes] told by mail alone
       *[no] and no e-mail address in the catalog: they know nothing of it
    }.
ops-mentor-silent = ⚠️ Order #{ $number }: mentor { $mentor } did not answer, so it was cancelled; what was paid goes back.
ops-no-event = ⚠️ Order #{ $number }: the calendar refuses the event ({ $error }). The session stands without a room; tried again before each reminder.
ops-event-stays = ⚠️ Order #{ $number }: its earlier event cannot be taken out of the calendar ({ $error }).
ops-unsettled = ⚠️ Order #{ $number } is done, but mentor { $mentor } is no longer in the catalog: their share is not booked.

mail-mentor-asked = New order #{ $number }: { $subject }, { $at }
    👤 { $customer } would like a session of { $subject } with you: { $at }, until { $until }.
    💰 { $paid ->
        [yes] Paid: { $price }.
       *[no] Not paid yet ({ $price }).
    }
    Please answer on Telegram by { $approve_by }.
mail-session-confirmed = Session #{ $number } confirmed: { $subject }, { $at }
    📚 { $subject }, { $mentor } and { $customer }
    🗓 { $at }, until { $until }
    🎥 { $room }
mail-session-moved = Session #{ $number } has a new time: { $subject }, { $at }
    📚 { $subject }, { $mentor } and { $customer }
    🗓 { $at }, until { $until }
    🎥 { $room }
    The earlier invitation no longer counts.
mail-session-reminder = A reminder: session #{ $number }, { $subject }, { $at }
    📚 { $subject }, { $mentor } and { $customer }
    🗓 { $at }, until { $until }
    🎥 { $room }
mail-session-cancelled = Session #{ $number } cancelled: { $subject }, { $at }
    The session of { $subject }, { $mentor } and { $customer }, on { $at } is cancelled.


### Mentors

mentor-welcome = Hello, *{ $mentor }*! This chat now belongs to your mentoring calendar. Orders come here; approve or decline them with one button.
    • /agenda: today and this week
    • /jadwal: your hours, for example /jadwal monday 09.00-12.00, 13.00-17.00
    • /libur: days off, for example /libur 24/12 - 26/12
mentor-code-wrong = That code is not valid. Ask our team for a new one.
mentor-moved = The chat of mentor *{ $mentor }* was moved to another one. If it was not you who asked for it, tell our team at once.
mentor-not-yours = That button is not for this chat.
ops-mentor-known = 🎓 Mentor { $mentor } is now reached at { $person }.
agenda = 📅 *Today*
    { $today }

    📅 *These seven days*
    { $week }
agenda-none = – nothing
agenda-line = • { $at }: { $subject }, { $customer } (#{ $number }){ $state ->
        [asked] , *waits for your answer*
        [unpaid] , not paid yet
       *[confirmed] { "" }
    }
weekday-monday = Monday
weekday-tuesday = Tuesday
weekday-wednesday = Wednesday
weekday-thursday = Thursday
weekday-friday = Friday
weekday-saturday = Saturday
weekday-sunday = Sunday
hours-week = *Your hours*
    { $lines }

    Change: /jadwal monday 09.00-12.00, 13.00-17.00
    None: /jadwal monday -
    As they were: /jadwal monday original
hours-line = { $day }: { $spans }{ $changed ->
        [yes] { " " }(changed)
       *[no] { "" }
    }
hours-odd = We did not get the hours. Write for example /jadwal monday 09.00-12.00, 13.00-17.00 (in quarter hours), /jadwal monday - or /jadwal monday original.
hours-short = That is too short: a session takes { $minutes } minutes.
days-off = *Your days off*
    { $lines }

    Add: /libur 24/12 - 26/12
    Remove: /libur hapus 24/12
days-off-none = You have no days off. Add some with /libur 24/12 or /libur 24/12 - 26/12.
days-off-line = • { $first }
days-off-lines = • { $first } – { $last }
days-off-odd = We did not get the date. Write for example /libur 24/12, /libur 24/12 - 26/12 or /libur hapus 24/12.
days-off-past = That date is past.
days-off-long = At most { $days } days at once.
still-booked = ⚠️ These sessions stand as they were booked:
    { $lines }
still-booked-line = • { $at }: { $customer } (#{ $number })

### a machine's life

label-server-renew = 🔁 Renew
label-server-plan = ⬆️ Change plan
label-server-months = { $months ->
        [one] 1 month
       *[other] { $months } months
    }
label-server-keep-plan = ↩️ Give money back
server-warning = ⏳ Your server *{ $hostname }* (#{ $number }, { $plan }, { $region }) runs until *{ $expires }*: { $days } more days. Renew it now to keep it running.
server-warning-tomorrow = ⏳ The term of your server *{ $hostname }* (#{ $number }, { $plan }, { $region }) ends *tomorrow*, { $expires }. Renew it now to keep it running.
server-warning-today = ⏰ The term of your server *{ $hostname }* (#{ $number }, { $plan }, { $region }) ends *today*, { $expires }. Renew it now to keep it running.
server-term-over = ⌛ The term of your server *{ $hostname }* (#{ $number }, { $plan }, { $region }) is over. It stays on until *{ $until }*; then we switch it off. Renew it to keep it running.
server-suspended = ⏸️ We have switched off your server *{ $hostname }* (#{ $number }, { $plan }, { $region }), because its term is over. What is on it is kept until *{ $until }*; then it is deleted and cannot be had back. Renew it, and it runs again.
server-terminated = 🗑️ Your server *{ $hostname }* (#{ $number }, { $plan }, { $region }) has been deleted with all that was on it, because it was not renewed. Want a new one? Write *VM* at any time.
mail-server-warning = Your server { $hostname } ends { $days ->
        [0] today
        [1] tomorrow
       *[other] in { $days } days
    }
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) runs until { $expires }.
    To keep it running, renew it in the chat: press "Renew" on our message, or write "my servers".
mail-server-term-over = The term of your server { $hostname } is over
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) was paid until { $expires }. It stays on until { $until }; then we switch it off.
    Renew it in the chat: press "Renew" on our message, or write "my servers".
mail-server-suspended = Your server { $hostname } is switched off
    We have switched off server #{ $number } ({ $hostname }, { $plan }, { $region }), because its term ended on { $expires }. What is on it is kept until { $until }; then it is deleted and cannot be had back.
    Renew it in the chat, and it runs again: press "Renew" on our message, or write "my servers".
mail-server-terminated = Your server { $hostname } has been deleted
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) has been deleted with all that was on it, because it was not renewed.
    Want a new one? Write "VM" in the chat at any time.
server-cost = *{ $total }*
server-cost-taxed = *{ $total }* ({ $net } + tax { $tax })
server-renew-terms = 🔁 *Renew server { $hostname }* (#{ $number }, { $plan })
    { $over ->
        [yes] Its term is over: { $expires }.
       *[no] It runs until { $expires }.
    }
    For how much longer?
    { $terms }
server-renew-term = • { $months ->
        [one] 1 month
       *[other] { $months } months
    }: { $cost }, until { $until }
server-ask-way = The price is { $cost }. How would you like to pay?
server-renew-ordered = 🧾 Order *#{ $order }* is noted: server *{ $hostname }* renewed for { $months ->
        [one] 1 month
       *[other] { $months } months
    }, until *{ $until }*.
    Price: { $cost }
    Pay by *{ $pay_by }*. The link comes in a moment.
server-renew-open = The renewal of server *{ $hostname }* for { $months ->
        [one] 1 month
       *[other] { $months } months
    } (order *#{ $order }*, *{ $total }*) waits to be paid by *{ $pay_by }*. Pay it, or choose another term:
    { $terms }
server-renew-not = Server #{ $number } { $status ->
        [destroying] is being deleted and cannot be renewed any more. Want a new one? Write *VM*.
        [terminated] has been deleted and cannot be renewed any more. Want a new one? Write *VM*.
       *[other] cannot be renewed yet: its term has not begun.
    }
server-renew-busy = The plan of server #{ $number } is being changed. Once that is done you can renew it, at the new plan's price.
server-not-offered = Sorry, that cannot be ordered for your server *{ $hostname }* (#{ $number }, { $plan }) right now. It keeps running as it does, and our team has been told. Want to talk to us? Write *agent*.
server-cannot-pay = Sorry, none of our ways to pay takes that price for your server *{ $hostname }* (#{ $number }). Our team has been told. Write *agent* to talk to us.
server-renew-expired = The renewal of server *{ $hostname }* (order #{ $order }) was not paid in time, so the order is closed. Still want it? Press the button.
server-renewed = ✅ Server *{ $hostname }* (#{ $number }) is renewed: it runs until *{ $expires }*.
server-renewed-off = ✅ Server *{ $hostname }* (#{ $number }) is renewed: it runs until *{ $expires }*. We are switching it on again and tell you as soon as it runs.
server-resumed = ▶️ Server *{ $hostname }* (#{ $number }) runs again at { $address }, until *{ $expires }*.
server-not-resumed = Sorry, switching server *{ $hostname }* (#{ $number }) on again has not worked yet. Our team has been told and sees to it; we tell you as soon as it runs.
server-renew-too-late = Your payment of order #{ $order } came after we had begun to delete server *{ $hostname }* (#{ $number }), so it cannot be renewed any more. You get all of it back.
server-renew-twice = The term that you paid for with order #{ $order } was renewed by another order already: server *{ $hostname }* (#{ $number }) runs until *{ $expires }*. You get all of it back.
server-renew-changed = Server *{ $hostname }* (#{ $number }) changed after order #{ $order } was made, so that renewal does not hold any more. You get all of it back; please renew it once more.
mail-server-renewed = Your server { $hostname } is renewed until { $expires }
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) is renewed by order #{ $order } and runs until { $expires }. Thank you!
mail-server-resumed = Your server { $hostname } runs again
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) runs again at { $address }, until { $expires }.
mail-server-not-resumed = Your server { $hostname } does not run yet
    Switching server #{ $number } ({ $hostname }, { $plan }, { $region }) on again has not worked yet. Our team has been told and sees to it; we tell you as soon as it runs.
mail-server-renew-refused = Order #{ $order }: you get your money back
    { $why ->
        [server-renew-too-late] Your payment came after we had begun to delete server { $hostname } (#{ $number }), so it cannot be renewed any more.
        [server-renew-twice] That term was renewed by another order already, of server { $hostname } (#{ $number }).
       *[server-renew-changed] Server { $hostname } (#{ $number }) changed after that order was made. Please renew it once more in the chat.
    }
    You get all of it back, the way you paid.
ops-server-not-offered = ⚠️ A customer wants to renew server #{ $number } ({ $plan }, { $region }) or to change its plan, but the catalog has not got the plan, the region or the price (any more), or the provider is not configured (SERVERS). The server keeps running. See docs/servers.md.
ops-server-cannot-pay = ⚠️ There is no way to pay { $price } (server #{ $number }): see PAYMENTS.
server-plans = ⬆️ *Larger plans for server { $hostname }* (#{ $number }, now { $plan })
    Its term runs until { $expires }, { $days ->
        [one] 1 more day
       *[other] { $days } more days
    }. For that time you pay the difference in price by the day; after that the new plan's price holds.
    { $plans }
    While the plan is changed, the server is off for some minutes.
server-plan-line = • *{ $plan }*: { $cpus } vCPUs, { $memory } GB memory, { $disk } GB disk. Now { $cost }, later { $month } a month
server-plan-none = There is no larger plan to be had in { $region } for server *{ $hostname }* (#{ $number }, { $plan }) at the moment.
server-plan-not = The plan of server #{ $number } cannot be changed now: { $why ->
        [expired] its term is over. Renew it first.
        [last-day] today is its last day. Renew it first.
        [busy] something is being done to it. Wait until that is over, then try again.
       *[gone] it does not run.
    }
server-plan-ordered = 🧾 Order *#{ $order }* is noted: server *{ $hostname }* from { $plan } to *{ $new }*, for the term until { $expires }.
    Price: { $cost }
    Pay by *{ $pay_by }*; the link comes in a moment. Once it is paid we change the plan, and the server is off for some minutes.
server-plan-open = Server *{ $hostname }* to *{ $new }* (order *#{ $order }*, *{ $total }*) waits to be paid.
server-plan-expired = The new plan for server *{ $hostname }* (order #{ $order }) was not paid in time, so the order is closed. The server stays { $plan }.
server-plan-begun = 🔧 We are changing the plan of server *{ $hostname }* (#{ $number }). It is off for some minutes; we tell you as soon as it is done.
server-plan-waits = Something is still being done to server *{ $hostname }* (#{ $number }). Once that is over we change its plan, and tell you.
server-plan-refused = Server *{ $hostname }* (#{ $number }) changed, or its term ended, after order #{ $order } was made, so we have not changed its plan. You get all of it back.
server-plan-changed = ✅ Server *{ $hostname }* (#{ $number }) is now { $plan }: { $cpus } vCPUs, { $memory } GB memory, { $disk } GB disk. It runs again at { $address }.
server-plan-not-yet = Sorry, changing the plan of server *{ $hostname }* (#{ $number }) has not worked yet. Our team has been told and sees to it; we tell you how it goes.
server-plan-given-up = Sorry, we cannot change the plan of server *{ $hostname }* (#{ $number }); it stays { $plan }. You get all of what you paid for order #{ $order } back.
mail-server-plan-changed = Your server { $hostname } is now { $plan }
    Server #{ $number } ({ $hostname }, { $region }) is now { $plan }: { $cpus } vCPUs, { $memory } GB memory, { $disk } GB disk. It runs again at { $address }, until { $expires }.
mail-server-plan-refused = Order #{ $order }: you get your money back
    Server { $hostname } (#{ $number }) changed, or its term ended, after that order was made, so we have not changed its plan. You get all of it back, the way you paid.
mail-server-plan-not-yet = The plan of your server { $hostname } is not changed yet
    Changing the plan of server #{ $number } ({ $hostname }, { $plan }, { $region }) has not worked yet. Our team has been told and sees to it; we tell you how it goes.
mail-server-plan-given-up = Your server { $hostname } stays { $plan }
    Sorry, we cannot change the plan of server #{ $number } ({ $hostname }, { $region }). You get all of what you paid for order #{ $order } back, the way you paid.
ops-server-not-changed = Server #{ $number } ({ $plan } to { $new }) was paid by order #{ $order }. Try it again by the button above, or give the money back; the customer knows that we see to it.
ops-server-plan-kept = ↩️ Server #{ $number } stays { $plan }; the money for the new plan is being given back.


### Payments

label-pay = 💳 Pay now
label-pay-other = Another way to pay
label-pay-cancel = Cancel the order
pay-link = Order *#{ $number }*: please pay *{ $amount }* by *{ $deadline }*.
    After that the link closes, and this order lapses.
pay-reminder = ⏳ Order *#{ $number }* is not paid yet: *{ $amount }*, by *{ $deadline }* at the latest.
pay-refused = Sorry, a link to pay for order *#{ $number }* cannot be made just now. Our team has been told. Write *agent* to talk to us.
pay-refused-other = Sorry, this way to pay for order *#{ $number }* does not work just now. Please choose another one.
pay-closed = The link to pay for order *#{ $number }* is no longer valid. You can still pay *{ $amount }* until *{ $deadline }* by a new one.
pay-received = ✅ We have received *{ $amount }* for order *#{ $number }*, thank you!
pay-receipt = Receipt for order *#{ $number }*
pay-unmatched = We have received { $came } for order *#{ $number }*, but { $amount } was asked for, so the order does not count as paid.
    The money is safe with us. Our team has been told and will get back to you.
refund-wanted = ↩️ You get *{ $amount }* for order *#{ $number }* back, the way you paid{ $why ->
        [late] , because what you ordered was no longer to be had when it came
        [twice] , because the order was paid twice
        [closed] , because the order was over when it came
       *[other] { "" }
    }. We tell you as soon as it is done.
refund-part = ↩️ You get *{ $amount }* for order *#{ $number }* back, the way you paid. By the rules, { $kept } are kept. We tell you as soon as it is done.
refund-nothing = By the rules, what you paid for order *#{ $number }* ({ $kept }) is not given back any more.
refund-given = ✅ *{ $amount }* for order *#{ $number }* have been given back. It can take your bank or wallet some days to show it.
refund-delayed = Sorry, giving back *{ $amount }* for order *#{ $number }* did not work at once. Our team has been told and sees to it; you get the money back.
mail-receipt = Your receipt for order #{ $number }
    We have received { $amount } on { $at }. The receipt is attached. Thank you!
ops-payment-refused = ⚠️ { $provider } makes no link for { $payment }: { $error }
ops-payment-unreadable = ⚠️ { $provider } does not say how { $payment } stands: { $error }. We go on asking.
ops-payment-unknown = ⚠️ { $provider } tells of a payment that we do not know: { $payment } ({ $what }).
ops-money-unknown = 🚨 { $came } came by { $provider } for something we do not know: { $payment } (charge { $charge }). It is in suspense.
ops-money-unmatched = 🚨 { $came } came by { $provider } for { $payment } of order #{ $number } (charge { $charge }), where { $amount } was asked for. It is in suspense; the customer was told that we see to it.
ops-money-back = ↩️ { $amount } came for order #{ $number } ({ $payment }) { $why ->
        [late] when what was ordered could no longer be had
        [twice] a second time
       *[closed] after it was over
    }. It is being given back.
ops-refund-failed = 🚨 { $provider } does not give back { $amount } ({ $refund }): { $error }. The customer knows that we see to it.
ops-refund-again = ↩️ Giving back { $amount } ({ $refund }) is being tried.
ops-refund-by-hand = ✅ { $amount } ({ $refund }) was given back by hand. The customer has been told.
ops-nothing-to-do = There is nothing left to do about it.
ops-sweep = 🧾 *{ $count } things about money do not add up.*
    Open after their deadline:
    { $payments }
    Not given back yet:
    { $refunds }
    Balances:
    { $balances }
    What to do stands in docs/money.md.
label-refund-again = Try again
label-refund-by-hand = Done by hand
label-money-back = Give it back


### Invoices

label-invoice = Invoice
label-proforma = Proforma invoice
order-cancel-unpaid = Cancel order #{ $number } ({ $price })? Nothing has been paid.
order-cancelled = Order #{ $number } is cancelled. Nothing was paid.
order-what-server = Server { $plan }
order-what-renewal = Renewal of server #{ $machine }
order-what-plan = Server #{ $machine } to the plan { $plan }
order-term = { $months ->
        [one] 1 month
       *[other] { $months } months
    }
order-term-rest = until the end of its term
order-server-line = #{ $number } · { $what } · { $status ->
        [unpaid] not paid yet
        [waiting] being prepared
        [done] done
        [expired] expired
       *[cancelled] cancelled
    }
order-server-detail = *Order #{ $number }* · { $what }
    Term: { $term }
    Region: { $region }
    Hostname: { $hostname }
    Price: { $price }, tax included
    ℹ️ { $status ->
        [waiting] Paid, and being prepared.
        [done] Paid and done.
        [expired] Not paid in time, and closed.
       *[cancelled] Cancelled. What was paid goes back.
    }
order-server-detail-unpaid = *Order #{ $number }* · { $what }
    Term: { $term }
    Region: { $region }
    Hostname: { $hostname }
    Price: { $price }, tax included
    ℹ️ Not paid yet. Pay by *{ $pay_by }*.
order-invoice = The invoice of order #{ $number }.
order-proforma = The proforma invoice of order #{ $number }. Pay by *{ $pay_by }*; the invoice follows once it is paid.
pay-invoice = Invoice *{ $invoice }* for order *#{ $number }*
mail-invoice = Invoice { $invoice } for order #{ $number }
    We received your payment of { $amount } on { $at }. The invoice is attached. Thank you!
mail-proforma = Order #{ $number }: please pay by { $pay_by }
    Thank you for your order. Please pay { $amount } by { $pay_by }, by the link that we sent you in the chat.
    The proforma invoice is attached. The invoice follows once it is paid.
invoice-line-term = Server { $plan }: { $cpus } dedicated vCPU, { $memory } GB memory, { $disk } GB disk, { $months ->
        [one] 1 month
       *[other] { $months } months
    }
invoice-line-renewal = Renewal of server #{ $machine }, { $plan }: { $cpus } dedicated vCPU, { $memory } GB memory, { $disk } GB disk, { $months ->
        [one] 1 month
       *[other] { $months } months
    }
invoice-line-plan = Server #{ $machine } from { $old } to { $plan }: { $cpus } dedicated vCPU, { $memory } GB memory, { $disk } GB disk, until { $until }
invoice-line-discount = { $percent }% off for the term
paper-title = Invoice
paper-title-proforma = Proforma invoice
paper-number = Number
paper-date = Date
paper-order = Order
paper-order-number = #{ $number }
paper-pay-by = Pay by
paper-at = { $at }
paper-to = Billed to
paper-tax-id = Tax number { $id }
paper-what = Description
paper-amount = Amount
paper-net = Subtotal
paper-tax = VAT (PPN) { $rate }%
paper-total = Total
paper-due = Amount due
paper-stamp-proforma = PROFORMA
paper-stamp-paid = PAID
paper-stamp-refunded = REFUNDED · { $at }
paper-stamp-part = PARTLY REFUNDED · { $at }
paper-note-due = Please pay by the link in the chat, by { $pay_by }. After that the order is closed.
paper-note-closed = This order is closed and need not be paid any more.
paper-note-proforma = This is what you are asked to pay: neither a tax invoice nor a proof of payment. The numbered invoice follows once it is paid.
paper-note-paid = Paid on { $at } by { $provider }, payment number { $payment }.
paper-note-refunded = { $amount } was returned on { $at } the way it was paid.
paper-footer = This document was made automatically and is valid without a signature. Any questions? Just answer our chat.
invoice-file = { $invoice }.pdf
proforma-file = proforma-{ $number }.pdf


### Mails and documents

receipt-title = Receipt
receipt-business = { -business }
receipt-number = No. { $number }
receipt-from = Received from
receipt-email = E-mail
receipt-for = For
receipt-session = Mentoring { $subject } with { $mentor }
receipt-order = Order #{ $number }
receipt-when = Session
receipt-paid-at = Paid
receipt-by = By
receipt-reference = Payment number
receipt-amount = Amount
receipt-paid = PAID
receipt-footer = This receipt was made automatically and is valid without a signature. Keep it as proof of your payment. Questions? Answer in our chat at any time.
receipt-file = receipt-{ $number }.pdf
invite-title = Mentoring { $subject } · { $mentor }
invite-description = Order #{ $number } with { -business }.
    Meeting room: { $room }
invite-file = invitation-{ $number }.ics
ops-mail-failed = ⚠️ The mail for { $record } was not sent: { $error }

### provisioning

label-server-again = 🔁 Try again
label-server-region = 🌏 In { $region }
label-server-refund = 💸 Give the money back
label-server-password = 🔑 See the password
server-expired = The time to pay for server #{ $number } ({ $plan }, { $region }) is over, so the order is closed. Still want it? Please order again.
server-making = 🛠 Thank you! Server #{ $number } ({ $plan }, { $region }, { $image }) is being made. That usually takes less than { $minutes } minutes; we write here as soon as you can log in.
server-late = ⏳ Server #{ $number } ({ $plan }, { $region }) takes longer than usual. We are still on it: by *{ $until }* you hear here that it runs, or what happens next.
server-not-made = Sorry, server #{ $number } ({ $plan }, { $region }) could not be made. Our team is looking at it and nothing of your payment is lost: by *{ $until }* you have the server or your money is on its way back.
server-made-again = 🛠 Server #{ $number } is being made once more, now in { $region }. By *{ $until }* you hear here how it went.
server-active = ✅ Server #{ $number } is running!
    🖥 { $plan }, { $region }, { $image }
    🌐 Address: *{ $address }*
    👤 User: *{ $user }*
    Log in with your SSH key: { $ssh }
    Paid until { $expires }.
server-active-password = ✅ Server #{ $number } is running!
    🖥 { $plan }, { $region }, { $image }
    🌐 Address: *{ $address }*
    👤 User: *{ $user }*
    Log in: { $ssh }
    Paid until { $expires }. The password can be seen once, within 24 hours; you choose your own at the first login.
server-password-line = The password's page: { $page } (it opens once)
mail-server-active = Server #{ $number } is running: { $address }
    🖥 { $plan }, { $region }, { $image }
    🌐 Address: { $address }
    👤 User: { $user }
    Log in with your SSH key: { $ssh }
    Paid until { $expires }.
mail-server-active-password = Server #{ $number } is running: { $address }
    🖥 { $plan }, { $region }, { $image }
    🌐 Address: { $address }
    👤 User: { $user }
    Log in: { $ssh }
    🔑 The password can be seen once, within 24 hours: { $page }
    You choose your own at the first login.
    Paid until { $expires }.
server-lost = 🚨 We have bad news: the provider of server #{ $number } ({ $hostname }, { $address }) no longer has it in working order. What was stored on it may be lost. Our team is looking at it: by *{ $until }* you hear here how it goes on, with a new server or your money for the rest of the term.
server-lost-expired = 🚨 We have bad news: the provider of server #{ $number } ({ $hostname }, { $address }), whose term is over, no longer has it in working order. What was stored on it may be lost. Please do not pay for another term; our team closes it, and a new server can be ordered at any time.
server-back = ✅ Good news: server #{ $number } ({ $hostname }) is back, at { $address }. You need not do anything.
server-given-up = Sorry that we cannot give you server #{ $number } ({ $plan }, { $region }). It is closed; your payment for what you have not had of it comes back.
ops-server-not-made = 🚨 Server #{ $number } for { $customer } is paid and could not be made ({ $plan }, { $region }, { $image }): { $error }
    { $provider }, name { $name }, machine { $machine }. What is to become of it?
ops-server-lost = 🚨 Server #{ $number } of { $customer } ({ $hostname }, { $plan }, { $region }, { $address }) is lost: { $error }
    { $provider }, name { $name }, machine { $machine }. Trying again makes it anew, empty; giving the money back means what is left of the term.
ops-server-again = 🔁 Server #{ $number } ({ $plan }, { $region }): being tried again. If it fails, you hear of it here.
ops-server-refunded = 💸 Server #{ $number } ({ $plan }, { $region }) was given up; the money is on its way back. What still stands at its provider is yours to delete.
ops-server-back = ✅ Server #{ $number } ({ $hostname }, { $plan }, { $region }) is back: its provider says that it is there. The customer has been told.
ops-server-failed = ⚠️ Server #{ $number } ({ $hostname }, { $plan }, { $region }) could not be { $kind ->
    [suspend] suspended
    [resume] switched on again after its renewal
    [destroy] destroyed
    [resize] moved to its new plan
   *[other] changed ({ $kind })
    }: { $error }
    { $provider }, machine { $machine }, { $address }.
### Log errors in the ops group

errors-none =
    ✅ No errors in the last 24 hours.
    { $read }
errors-read = { $source }: last read { $at }
errors-nothing-read = No log has been read yet.
errors-top =
    🔥 *Errors of the last 24 hours*: { $patterns } patterns
    { $lines }

    Page { $page }/{ $pages } ({ $listed } patterns). Press a number to see one error. Taken by nobody: { $new } (/errors new). To search: /errors word.
errors-new =
    🆕 *New errors that nobody has taken*: { $patterns } patterns
    { $lines }

    Page { $page }/{ $pages } (the newest { $listed })
errors-new-none = ✅ There is no new error that nobody has taken.
errors-find =
    🔎 *{ $word }*: { $patterns } patterns, looked for in the newest { $searched }
    { $lines }

    Page { $page }/{ $pages }
errors-find-none = 🔎 No "{ $word }" in the newest { $searched } patterns.
errors-line = { $number }. { $mark } { $day }× · { $words } · { $source } · { $last }
errors-gone = That error is no longer kept.
errors-detail =
    { $mark } *{ $level }* · { $state }
    { $words }

    { $count }× in all, { $day }× in 24 hours
    First: { $first }
    Last: { $last }
    Sources: { $sources }
    Files: { $files }

    { $sample }

    { $id }
    { $done }
errors-picture = 📈 { $count }× in 48 hours · { $words }
errors-state-new = new
errors-state-acknowledged = acknowledged
errors-state-muted = muted
errors-state-resolved = resolved
errors-state-regressed = back again
errors-chart-span = { $since } – { $until }
errors-chart-title = { $level } per hour
errors-chart-note = { $count }× in all · most { $most }
label-errors-one = { $number }
label-errors-back = ‹
label-errors-on = ›
label-errors-new = 🆕

### Ops: machines

ops-servers-none = No machines yet.
ops-servers =
    🖥 *{ $count } machines* · { $statuses }
    Expiring within 7 days: { $soon }

    Failed, waiting for a decision: { $failures }{ $failed }

    Nobody's: { $orphans }{ $machines }

    Taken of the stock:{ $stock }
label-ops-again = Again: #{ $number } { $action }
ops-server-unknown = There is no machine "{ $wanted }". Write /server and its number, as in /server 17.
ops-server =
    🖥 *#{ $number } { $hostname }* · { $server }
    Status: { $status } · provider: { $state }
    { $plan } · { $region } · { $image }
    Customer: { $customer }
    First order: { $order } · term { $periods }, until { $expires }
    { $provider } { $machine } · { $address }
    Action: { $action } · { $error }
    { $history }
ops-server-line = { $at } · { $what } · { $by }
ops-servers-summary =
    🖥 *Expiring within 7 days: { $count }*
    { $servers }{ $more }

    Failed, waiting for a decision: { $failures }{ $failed }
ops-servers-line = #{ $number } { $hostname } · { $plan } · { $customer } · { $status } · { $expires } ({ $days } days)
ops-orphans =
    ⚠️ { $count } machines at { $provider } belong to nobody. Sahut does not delete them: look at the provider.{ $machines }
ops-sweep-failed = ⚠️ { $provider } would not list our machines: { $error }

### Log alerts

log-alert =
    { $head }
    { $level } · { $source }{ $team }

    { $sample }

    { $count }× · { $when }
    { $files }
    { $state }
log-when = { $last }
log-between = { $first } – { $last }
log-rise = { $count } times in an hour, usually { $usual }
log-team = { " " }(team { $team })
log-head-new = 🆕 *New error*
log-head-spike = 📈 *Error on the rise*
log-head-regressed = ↩️ *Resolved error is back*
log-head-still = 🔔 *Mute over, the error goes on*
log-state-open = Nobody has taken it yet.
log-state-acknowledged = 👀 Acknowledged by { $by }, { $at }
log-state-muted = 🔕 Muted by { $by } until { $until }
log-state-resolved = ✅ Resolved by { $by }, { $at }
label-log-acknowledge = Acknowledge
label-log-hour = Mute 1 h
label-log-day = Mute 1 day
label-log-resolve = Resolve
label-log-reopen = Open again
label-log-show = Show
log-nothing-done = Nothing was changed. { $state }
log-gone = That error is no longer kept.
log-file = 📄 { $pattern }: { $count } times, last { $last }
log-failed =
    🚫 *The log { $source } cannot be read*{ $team }
    { $why }
log-works = ✅ The log { $source } can be read again.{ $team }
log-silent =
    🔇 *The log { $source } is silent*{ $team }
    Nothing was written since { $since }.
log-back = 🔊 The log { $source } is written again.{ $team }
log-digest =
    📚 *{ $count } more errors of { $patterns } patterns*
    { $lines }
    { $more }
log-digest-more = … and { $count } more of { $patterns } patterns. See /errors.
log-line-new = 🆕 { $count }× { $level } · { $source } · { $words }
log-line-spike = 📈 { $count }× { $level } · { $source } · { $words }
log-line-regressed = ↩️ { $count }× { $level } · { $source } · { $words }
log-line-still = 🔔 { $count }× { $level } · { $source } · { $words }
log-line-failed = 🚫 { $source } cannot be read: { $words }
log-line-works = ✅ { $source } can be read again
log-line-silent = 🔇 { $source } is silent
log-line-back = 🔊 { $source } is written again
log-phone = Sahut: { $count } errors of { $patterns } patterns in the logs, { $others } other news. Gravest: { $source }, { $top }. All of it is in the ops group.
log-file-head =
    { $id } · { $level } · { $state }
    Team: { $team }
    Count: { $count }, { $first } – { $last }
log-file-pattern = Pattern:
log-file-sources = Sources:
log-file-files = Files:
log-file-history = History:
log-file-sample = Sample ({ $path }):
log-file-line = { $at } · { $what } · { $by }

### The pages for ops: who sees them, and the logs

ops-page-name = for ops
ops-page-dashboard = Overview
ops-page-errors = Errors
ops-page-you = Logged in as { $name }
ops-page-logout = Log out
ops-page-login = Log in
ops-page-login-name = Your name
ops-page-login-token = Token
ops-page-login-hint = The token is the OPS_PAGE_TOKEN of this installation. Your name stands beside what you change.
ops-page-login-go = Log in
ops-page-login-again = This form was out of date. Please try once more.
ops-page-login-wait = Too many wrong tokens. Please wait { $seconds } seconds.
ops-page-login-wrong = That is not the token.
ops-page-login-nameless = Please say your name: letters are enough.
ops-page-back = To the overview
ops-page-not-now = Not right now
ops-page-not-now-hint = The storage does not answer. Please try again in a moment.

ops-level-critical = Critical
ops-level-error = Error
ops-level-warning = Warning
ops-level-notice = Notice
ops-level-info = Info
ops-level-debug = Debug
ops-level-trace = Trace
ops-state-new = New
ops-state-acknowledged = Acknowledged
ops-state-muted = Muted
ops-state-resolved = Resolved
ops-state-regressed = Regressed
ops-happened-acknowledge = Acknowledged
ops-happened-mute = Muted
ops-happened-resolve = Resolved
ops-happened-reopen = Reopened
ops-happened-regressed = Seen again after it was resolved
ops-happened-mute-over = The mute is over

ops-logs-tile-errors = errors
ops-logs-tile-unseen = patterns nobody has handled
ops-logs-tile-regressed = came back after resolved
ops-logs-tile-new = new patterns
ops-logs-over-time = Errors over time
ops-logs-quiet = No errors in this time.
ops-logs-new = New
ops-logs-no-new = Nothing new.
ops-logs-rising = Rising
ops-logs-no-rising = Nothing comes more often than before.
ops-logs-gone = Gone
ops-logs-no-gone = Nothing has stopped.
ops-logs-changed = { $before } before, { $after } now
ops-logs-count = { $count ->
    [one] once
   *[other] { $number } times
 }
ops-logs-last = last
ops-logs-first = first
ops-logs-sources = Sources
ops-logs-no-sources = No logs are read yet. Name them in the catalog, in the table logs.
ops-logs-source-unread = not read yet
ops-logs-source-failing = cannot be read: { $why }
ops-logs-source-silent = silent since { $since }
ops-logs-source-behind = read { $at }, { $size } still to read
ops-logs-source-fine = { $files ->
    [one] read { $at }, 1 file
   *[other] read { $at }, { $files } files
 }
ops-logs-since-hour = Last hour
ops-logs-since-day = 24 hours
ops-logs-since-week = 7 days
ops-logs-since-ever = Whenever
ops-logs-all = All
ops-logs-search = Search
ops-logs-search-hint = Words of the error
ops-logs-filter-state = State
ops-logs-filter-level = Level
ops-logs-filter-source = Source
ops-logs-filter-team = Team
ops-logs-filter-since = Seen
ops-logs-filter-sort = Sorted by
ops-logs-filter-go = Show
ops-logs-filter-none = Clear
ops-logs-sort-last = Last seen
ops-logs-sort-count = Count
ops-logs-sort-first = First seen
ops-logs-last-day = The last 24 hours
ops-logs-in-all = { $count } patterns in all
ops-logs-more-than = More than { $count } patterns
ops-logs-looked-through = { $rows } found in the { $looked } patterns looked through
ops-logs-none = No errors were found so far.
ops-logs-none-such = None of the patterns looked through is like that.
ops-logs-first-page = First page
ops-logs-next-page = Next page
ops-logs-look-on = Look on
ops-logs-unknown = There is no such error
ops-logs-unknown-hint = The address may be wrong, or it is not stored any more.
ops-logs-fact-count = Count
ops-logs-fact-last = Last seen
ops-logs-fact-first = First seen
ops-logs-fact-found = Found by a scan
ops-logs-fact-id = Id
ops-logs-muted-until = until
ops-logs-do = What to do
ops-logs-until = Until ({ $zone })
ops-logs-mute-until = Mute until then
ops-logs-done = Done. It is now: { $state }.
ops-logs-too-late = Not done: meanwhile it was changed. It is now: { $state }. The history says by whom.
ops-logs-busy = Not done: it is being changed right now. Please try again.
ops-logs-when = Not done: that is no time within the coming year.
ops-logs-by-hour = When it came
ops-logs-two-days = Last 48 hours, by hour
ops-logs-fortnight = Last 14 days, by 6 hours
ops-logs-sample = Sample
ops-logs-file-gone = What stood around it cannot be shown: the file is packed, moved or gone, or holds other lines by now.
ops-logs-where = Where
ops-logs-files = Files
ops-logs-history = History
ops-logs-no-history = Nobody has done anything with it yet.
