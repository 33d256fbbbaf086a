# Bahasa Indonesia. *bold* may be used; a value is put in with { $name }.
# A continuation line must not begin with "*", "[", "{" or "}" (Fluent would take it for syntax).

-business = IKI Care

literal = { $text }

### Words that people write (comma-separated; all languages count everywhere)

command-menu = menu, menu utama, mulai lagi, daftar, home
command-cancel = batal, batalkan, ga jadi, gak jadi, tidak jadi
command-back = kembali, balik, mundur
command-help = bantuan, petunjuk, cara pakai
command-agent = cs, agen, admin, operator, manusia, orang, customer service, bicara dengan cs, hubungi cs, bicara dengan agen, ngobrol sama cs, mau ngomong sama cs, minta cs, panggil cs, petugas, bicara dengan petugas, bicara dengan orang, bicara dengan manusia, bicara dengan admin, bicara sama cs, bicara sama admin, bicara sama orang, mau bicara dengan cs, mau bicara sama cs, mau ngomong dengan cs, mau ngomong sama orang, ngobrol dengan cs, chat dengan cs, chat cs, hubungi agen, hubungkan ke cs, hubungkan dengan cs, sambungkan ke cs
command-language = bahasa, ganti bahasa, pilih bahasa
command-language-id = bahasa indonesia, indonesia, indo
command-language-en = bahasa inggris, inggris
command-yes = ya, iya, y, yoi, oke, ok
command-no = tidak, nggak, ngga, gak, ga, tdk, jangan
command-resume = lanjut, lanjutkan, teruskan
command-stop = stop, berhenti, berhenti langganan
command-start = start, mulai
greetings = halo, hallo, hai, hi, hei, pagi, siang, sore, malam, selamat pagi, selamat siang, selamat sore, selamat malam, assalamualaikum, permisi, p, tes, test, halo kak, halo min, hai kak, hai min, kak, min, gan, halo admin, hai admin, halo selamat pagi, halo selamat siang, halo selamat sore, halo selamat malam, pagi kak, siang kak, sore kak, malam kak, pagi min, siang min, sore min, malam min, selamat pagi kak, selamat siang kak, selamat sore kak, selamat malam kak, selamat pagi min, selamat siang min, selamat sore min, selamat malam min, assalamu alaikum, assalamualaikum kak, assalamualaikum min, permisi kak, permisi min
thanks = makasih, terima kasih, terimakasih, trims, thanks ya, tq, thx, makasi, suwun, matur nuwun, hatur nuhun, mantap, sip, oke, ok, baik, siap, oke makasih, ok makasih, makasih kak, makasih min, terima kasih kak, terima kasih banyak

### Labels

label-menu = Menu
label-back = Kembali
label-agent = 👩‍💼 Bicara dengan CS
label-language = 🌐 English / Bahasa
label-resume = ↩️ Lanjutkan: { $flow }
label-whatsapp = Lanjut di WhatsApp
label-leave = Ya, akhiri
label-stay = Tidak, lanjutkan
label-template = Kirim templat
numbers-hint = Balas dengan angkanya.
label-list = Pilih
language-id = Bahasa Indonesia
language-en = English
title-care = pertanyaan tadi
title-language = pilihan bahasa
title-rating = penilaian

### Menu and care

welcome = Halo! 👋 Selamat datang di *{ -business }*. Apa yang bisa kami bantu?
    Pilih topik di bawah, atau tulis saja kendala Anda.
menu = Apa yang bisa kami bantu?
    Pilih topik, atau tulis saja kendala Anda.
menu-resume = Apa yang bisa kami bantu?
    Pilih topik, lanjutkan yang tadi, atau tulis saja kendala Anda.
care-answer = *{ $topic }*

    { $answer }
did-you-mean = Apakah ini yang Anda maksud?
you-are-welcome = Sama-sama! 🙏 Tulis saja kapan pun Anda perlu bantuan.
not-understood = Maaf, kami belum paham maksudnya. Coba pilih topik, atau tulis dengan kata lain.
not-understood-here = Maaf, kami belum paham jawabannya. Silakan pilih salah satu, atau tulis *batal*.
old-button = Tombol itu sudah tidak berlaku. Ini menunya.
cancelled = Baik, dibatalkan.
nothing-to-cancel = Tidak ada yang perlu dibatalkan.
help = *Bantuan*
    Tulis kapan saja:
    • *menu*: daftar topik
    • *kembali*: langkah sebelumnya
    • *batal*: batalkan yang sedang berjalan
    • *CS*: bicara dengan petugas kami
    • *bahasa*: ganti bahasa
    • *mentoring*, *VM*, *pesanan saya*: pesan sesi atau server, lihat pesanan
    • *zona waktu*: WIB, WITA, atau WIT
    • *STOP* / *START*: hentikan / aktifkan survei dan promosi
    Anda juga bisa langsung menulis kendala, misalnya "saldo belum masuk".
ask-language = Pilih bahasa Anda.
language-set = Baik, kami akan berbahasa Indonesia.

### Messages without words

got-sticker = Stikernya lucu! 😊 Kalau ada kendala, tulis saja ya.
got-photo = Foto Anda sudah kami terima. Kami belum bisa membaca gambar di sini. Tulis kendalanya, atau pilih *CS* agar petugas melihatnya.
got-voice = Pesan suara Anda sudah kami terima, tetapi kami belum bisa mendengarkannya di sini. Mohon ditulis, atau pilih *CS*.
got-document = Berkas Anda sudah kami terima. Tulis kendalanya, atau pilih *CS* agar petugas melihatnya.
got-location = Lokasi Anda sudah kami terima. Ada yang bisa kami bantu?
got-contact = Kontaknya sudah kami terima. Ada yang bisa kami bantu?
got-other = Jenis pesan itu belum bisa kami baca. Mohon ditulis, atau pilih topik.

### Hand-over, to the customer

handover-opened = Baik, Anda kami hubungkan dengan petugas CS. Nomor kasus Anda *#{ $number }*, perkiraan tunggu { $minutes } menit.
    Silakan tulis kendalanya di sini; semua pesan Anda diteruskan. Tulis *menu* untuk kembali ke menu.
handover-opened-later = Baik, kasus Anda kami catat dengan nomor *#{ $number }*. Saat ini kami sedang tutup; petugas kami ada lagi *{ $opening }*.
    Silakan tulis kendalanya di sini; akan dibaca saat kami buka. Tulis *menu* untuk kembali ke menu.
handover-opened-closed = Baik, kasus Anda kami catat dengan nomor *#{ $number }*. Saat ini kami sedang tutup; petugas kami akan membalas begitu ada.
handover-unavailable = Maaf, saat ini belum ada petugas yang bisa dihubungi lewat chat ini. Coba lagi nanti, atau pilih topik untuk jawaban langsung.
still-waiting = Maaf, petugas kami belum sempat membalas kasus *#{ $number }*. Pesan Anda tetap kami simpan dan akan dijawab. Tulis *menu* bila ingin kembali ke menu.
leave-agent = Anda sedang terhubung dengan petugas (kasus #{ $number }). Akhiri percakapan ini dan kembali ke menu?
left-agent = Percakapan kasus #{ $number } sudah diakhiri. Terima kasih.
stayed = Baik, Anda tetap terhubung dengan petugas (kasus #{ $number }).
case-closed = Kasus *#{ $number }* sudah selesai. Terima kasih sudah menghubungi kami.
case-closed-rate = Kasus *#{ $number }* sudah selesai. Terima kasih sudah menghubungi kami.
    Bagaimana pelayanan kami? Beri nilai 1 sampai 5.
case-idle = Kasus *#{ $number }* kami tutup karena lama tidak ada pesan. Tulis lagi kapan saja bila masih perlu bantuan.
case-idle-rate = Kasus *#{ $number }* kami tutup karena lama tidak ada pesan. Tulis lagi kapan saja bila masih perlu bantuan.
    Bagaimana pelayanan kami? Beri nilai 1 sampai 5.
case-waiting = Petugas kami sudah membalas kasus Anda #{ $number }. Balas pesan ini untuk membaca jawabannya.
ask-rating = Bagaimana pelayanan kami? Beri nilai 1 sampai 5.
rated = Terima kasih atas penilaiannya! 🙏
went-wrong = Maaf, ada gangguan di sistem kami sehingga pesan Anda tidak bisa diproses. Tim kami sudah diberi tahu. Silakan coba lagi, atau tulis *CS*.

### STOP and START

stopped = Baik, Anda tidak akan menerima survei dan promosi lagi. Kabar yang menyangkut pesanan atau kasus Anda (tenggat, masa berlaku) tetap kami kirim, dan pesan Anda tetap kami jawab.
    Tulis *START* untuk mengaktifkannya lagi.
started = Selamat datang kembali! Survei dan promosi aktif lagi. Tulis *STOP* kapan saja untuk menghentikannya.

### To the agents

desk-header = 🆕 *Kasus #{ $number }* · { $topic }
    Pelanggan: *{ $name }* ({ $contact }, { $channel ->
        [whatsapp] WhatsApp
       *[telegram] Telegram
    }, bahasa { $language ->
        [en] Inggris
       *[id] Indonesia
    })
    Tim { $team }: { $agents }
    Tulis di sini untuk membalas. Awali dengan // untuk catatan internal. /bantuan untuk perintah.
desk-transcript = Percakapan sebelumnya:
    { $talk }
desk-customer = 👤 { $text }
desk-edited = 👤 ✏️ (diubah) { $text }
desk-left = 👋 Pelanggan mengakhiri kasus #{ $number }.
desk-rated = ⭐ Nilai dari pelanggan: { $stars } dari 5.
desk-closed = ✅ Kasus #{ $number } ditutup.
desk-idle-closed = 💤 Kasus #{ $number } ditutup karena lama tidak ada pesan.
desk-case-closed = Kasus #{ $number } sudah ditutup; pesan ini tidak dikirim ke pelanggan.
desk-not-edited = ✏️ Perubahan pesan tidak diteruskan. Kirim pesan baru bila perlu.
desk-anonymous = Pesan dari admin anonim tidak diteruskan ke pelanggan. Matikan "Tetap anonim" pada hak admin Anda, lalu kirim lagi.
desk-cannot-send = Jenis pesan ini tidak bisa diteruskan ke pelanggan.
desk-id = ID grup ini: { $id }
desk-help = *Perintah*
    /ambil: kasus ini Anda yang tangani
    /alih TIM: serahkan ke tim lain
    /balas NAMA: kirim jawaban siap pakai
    /tutup: tutup kasus
    /kasus: daftar kasus terbuka
    // di awal pesan: catatan untuk rekan, tidak dikirim
desk-unknown-command = Perintah { $command } tidak dikenal. /bantuan menampilkan daftarnya.
desk-only-in-topic = { $command } hanya berlaku di dalam topik sebuah kasus.
desk-no-cases = Tidak ada kasus terbuka. 🎉
desk-cases = *{ $count } kasus terbuka*
    { $cases }
desk-taken = 🙋 { $agent } menangani kasus #{ $number }.
desk-taken-over = 🙋 { $agent } mengambil alih kasus #{ $number } dari { $before }.
desk-already-yours = Kasus #{ $number } memang sudah Anda tangani.
desk-moved = 🔀 Kasus #{ $number } dialihkan ke tim { $team }: { $agents }.
desk-unknown-team = Tim tidak dikenal. Yang ada: { $teams }.
desk-unknown-canned = Jawaban itu tidak ada. Yang ada: { $names }.
desk-canned-sent = 📨 Terkirim: { $reply }
desk-nudge = ⏰ { $agent }, pelanggan kasus #{ $number } sudah menunggu { $unit ->
        [hours] { $count } jam
       *[minutes] { $count } menit
    }.
desk-undeliverable = ⚠️ Pesan terakhir tidak sampai ke pelanggan: { $reason ->
        [window-closed] sudah lebih dari 24 jam sejak pesan terakhirnya. Pesan akan dikirim begitu pelanggan menulis lagi.
        [blocked] pelanggan memblokir kami.
        [no-chat] pelanggan belum pernah memulai chat.
        [bad-address] alamatnya tidak valid.
        [expired] terlalu lama gagal dikirim.
       *[other] ditolak penyedia.
    }
desk-template-sent = 📨 Templat dikirim. Jawaban Anda menyusul begitu pelanggan menulis.

### To ops

ops-no-desk = ⚠️ { $person } meminta petugas, tetapi AGENTS_CHAT_ID belum diatur.
ops-no-topic = ⚠️ Topik untuk kasus #{ $case } tidak bisa dibuat: { $error }
ops-desk-refuses = ⚠️ Pesan kasus #{ $case } ditolak grup agen: { $reason }
ops-undeliverable = ⚠️ Pesan "{ $text }" ke { $person } tidak terkirim: { $reason } { $detail }
ops-set-aside = 🧯 Pesan { $entry } dari { $person } disisihkan setelah beberapa kali gagal ({ $error }).
ops-nobody-answers = ⚠️ Tidak ada agen yang menjawab kasus #{ $case } selama { $unit ->
        [hours] { $count } jam
       *[minutes] { $count } menit
    }.
ops-status = Antrean masuk: { $inbox } · kasus menunggu: { $waiting } · kasus ditangani: { $active }
ops-help = Perintah: /status, /errors, /errors new, /errors kata, /servers, /server 17, /id

### The care page

page-title = { -business }
page-greeting = Halo! Apa yang bisa kami bantu?
page-greeting-named = Halo, { $name }! Apa yang bisa kami bantu?
page-intro = Pilih topik. Chat akan terbuka dengan pesan yang sudah kami siapkan.
page-whatsapp = WhatsApp
page-telegram = Telegram
page-closed = Belum ada kanal chat yang aktif.

### The payment pages

pay-done-title = Terima kasih
pay-done = Silakan kembali ke chat. Begitu pembayaran Anda kami terima, kami kabari di sana.
pay-by-stripe = { $currency ->
        [IDR] Kartu kredit/debit
       *[other] Kartu atau Alipay
    }
pay-by-xendit = Transfer bank, e-wallet, QRIS
pay-by-sandbox = 🧪 Pembayaran uji coba
sandbox-title = Pembayaran uji coba
sandbox-note = Halaman ini untuk mencoba: tidak ada uang sungguhan yang berpindah.
sandbox-open = Menunggu pembayaran sampai { $until }.
sandbox-closed = Tautan ini sudah ditutup. Uang yang tetap datang akan diurus.
sandbox-came = ✅ { $amount } diterima { $at }.
sandbox-coming = ⏳ { $amount } akan datang { $at }.
sandbox-failed = ❌ Pembayaran terakhir gagal. Silakan coba lagi.
sandbox-pay = Bayar
sandbox-pay-again = Bayar sekali lagi
sandbox-twice = Bayar dua kali
sandbox-fail = Gagal membayar
sandbox-late = Bayar terlambat, setelah batas waktu
sandbox-other = Bayar jumlah lain
sandbox-other-amount = Jumlah lain ({ $currency }, satuan terkecil)
sandbox-back = Kembali

### one-time page

server-password-title = Kata sandi pertama server Anda
server-password-ask = Tekan tombol kalau Anda sudah siap mencatatnya.
server-password-once = Kata sandi hanya ditampilkan satu kali. Setelah itu langsung dihapus di sini.
server-password-show = Tampilkan kata sandi
server-password-shown = Ini kata sandinya. Salin sekarang: di sini sudah dihapus.
server-password-change = Saat pertama kali masuk, server meminta Anda membuat kata sandi sendiri.
server-password-login = Anda masuk dengan
server-password-gone = Tidak ada lagi kata sandi di sini: sudah pernah ditampilkan, atau tautannya sudah kedaluwarsa.
server-password-what-now = Bukan Anda yang melihatnya? Tulis "server saya" di chat: jika server Anda bisa diinstal ulang, ia mendapat kata sandi baru, dan semua isinya dihapus. Atau tulis "CS", kami bantu.

### my servers

command-servers = server saya, servers, serverku, server ku, daftar server, lihat server, cek server, status server, vm saya, daftar vm, cek vm, mesin saya, list server, perpanjang server, perpanjang server saya, perpanjang vm, matikan server, matikan server saya, nyalakan server, nyalakan server saya, restart server, restart server saya, instal ulang server, instal ulang server saya, ganti paket server, server saya mati
label-servers = 🖥️ Server saya
label-server = #{ $number } { $hostname }
label-page-before = ⬅️ Sebelumnya
label-page-after = Berikutnya ➡️
label-server-order = 🛒 Pesan server
label-server-order-of = 🧾 Lihat pesanannya
label-server-show = 🖥️ Lihat server
label-server-look = 🔎 Lihat keadaannya
label-server-start = ▶️ Nyalakan
label-server-stop = ⏹️ Matikan
label-server-stop-sure = Ya, matikan
label-server-restart = 🔄 Mulai ulang
label-server-reinstall = 💿 Instal ulang
label-server-metrics = 📈 Pemakaian
label-server-console = 📺 Konsol
servers-none = Anda belum punya server. Mau menyewa satu? Tekan tombolnya.
servers-list = *Server Anda* ({ $first }–{ $last } dari { $count })

    { $lines }

    Pilih satu untuk melihatnya.
server-mark = { $mark ->
        [runs] 🟢
        [off] ⚪
        [waits] 🟡
        [wrong] 🔴
       *[over] ⚫
    }
server-standing = { $standing ->
        [ordered] menunggu pembayaran
        [creating] sedang dibuat
        [failed] sedang dibuat, lebih lama dari biasanya
        [starting] sedang dinyalakan
        [stopping] sedang dimatikan
        [suspending] sedang ditangguhkan
        [restarting] sedang dimulai ulang
        [reinstalling] sedang diinstal ulang
        [resizing] sedang diganti paketnya
        [destroying] sedang dihapus
        [running] menyala
        [off] dimatikan oleh Anda
        [stopped] mati
        [building] sedang disiapkan
        [error] bermasalah, tim kami sedang menanganinya
        [missing] tidak ditemukan, tim kami sedang menanganinya
        [suspended] ditangguhkan
        [terminated] sudah dihapus
        [cancelled] dibatalkan
       *[other] sedang berubah
    }
server-line = { $icon } *{ $hostname }* (#{ $number }) · { $how }{ $where }{ $left }
server-line-address = { " " }· { $address }
server-line-left = { " " }· sisa { $days } hari
server-line-over = { " " }· { $term ->
        [today] berakhir hari ini
       *[expired] masa sewa habis
    }
server-detail = { $icon } *{ $hostname }* (#{ $number })
    { $lines }
server-detail-after = { $before }

    { $icon } *{ $hostname }* (#{ $number })
    { $lines }
server-standing-line = Status: *{ $how }*
server-state = Menurut penyedia: { $state ->
        [running] menyala
        [stopped] mati
        [building] sedang dibuat
        [error] bermasalah
        [missing] tidak ditemukan
       *[other] sedang berubah
    }
server-specs = Paket { $plan }: { $cpus } vCPU khusus, memori { $memory } GB, disk { $disk } GB, trafik { $traffic } TB per bulan
server-plan = Paket { $plan }
server-place = Lokasi: { $region } · Sistem: { $image }
server-address = Alamat: { $address } · Pengguna: { $user }
server-login = Masuk: { $ssh } ({ $access ->
        [key] dengan kunci SSH Anda
       *[password] dengan kata sandi
    })
server-term-left = Berlaku sampai { $expires } (sisa { $days } hari)
server-term-today = Berakhir hari ini: { $expires }
server-term-grace = Masa sewa habis { $expires }. Server masih menyala sampai { $ends }; perpanjang sebelum itu.
server-term-suspended = Masa sewa habis { $expires }. Server ditangguhkan; isinya disimpan sampai { $ends }, lalu dihapus selamanya. Perpanjang untuk menyalakannya lagi.
server-unknown = Server itu tidak ada.
server-busy = Mohon tunggu sebentar, server masih dikerjakan.
server-cannot = Itu tidak bisa dilakukan sekarang. Beginilah keadaan servernya:
server-stop-kept = Baik, server dibiarkan menyala.
server-stop-sure = Matikan server *{ $hostname }* (#{ $number })? Semua yang berjalan di dalamnya berhenti sampai Anda menyalakannya lagi. Masa sewanya tetap berjalan.
server-on-it = Baik, server *{ $hostname }* (#{ $number }) sedang { $action ->
        [start] dinyalakan
        [stop] dimatikan
        [restart] dimulai ulang
       *[reinstall] diinstal ulang
    }. Kami kabari di sini begitu selesai.
server-done = ✅ Server *{ $hostname }* (#{ $number }) { $action ->
        [start] sudah menyala.
        [stop] sudah mati.
       *[restart] sudah dimulai ulang dan menyala.
    }
server-not-done = ⚠️ Maaf, server *{ $hostname }* (#{ $number }) tidak berhasil { $action ->
        [start] dinyalakan.
        [stop] dimatikan.
       *[restart] dimulai ulang.
    } Coba lagi, atau bicara dengan CS kami.
server-asked = Sebentar ya, kami tanyakan ke penyedia server *{ $hostname }* (#{ $number }).
server-console = Layar server *{ $hostname }* (#{ $number }): tautan ini untuk Anda sendiri, jangan diteruskan.
server-console-none = Maaf, penyedia server *{ $hostname }* (#{ $number }) tidak bisa memberi konsol saat ini.
server-metrics = 📈 Pemakaian server *{ $hostname }* (#{ $number }) selama 24 jam terakhir.
server-metrics-none = Belum ada pengukuran untuk server *{ $hostname }* (#{ $number }). Server baru mulai diukur beberapa menit setelah menyala; coba lagi nanti.
server-metrics-failed = Maaf, pemakaian server *{ $hostname }* (#{ $number }) tidak bisa diambil dari penyedianya saat ini. Coba lagi nanti.
metrics-title = { $hostname } (#{ $number })
metrics-span = { $since } – { $until }
metrics-cpu = CPU
metrics-memory = Memori
metrics-traffic = Lalu lintas
metrics-note = rata-rata { $mean } · tertinggi { $most }
metrics-nothing = tidak diukur
metrics-received = masuk, maks { $most }
metrics-sent = keluar, maks { $most }
metrics-received-nothing = masuk
metrics-sent-nothing = keluar
metrics-file = pemakaian-{ $number }.png
title-reinstall = instal ulang server
label-reinstall-key = 🔐 Kunci SSH yang ada
label-reinstall-password = 🔑 Kata sandi sekali pakai
reinstall-ask-image = Instal ulang server *{ $hostname }* (#{ $number }).
    ⚠️ Semua yang ada di dalamnya akan dihapus selamanya. Simpan dulu yang Anda perlukan.

    Sistem apa yang dipasang? Sekarang: { $image }.
reinstall-ask-access = Setelah dipasang, bagaimana Anda masuk?
reinstall-sure = ⚠️ *Semua isi server { $hostname } (#{ $number }) akan hilang selamanya* dan tidak bisa dikembalikan. Yang dipasang: { $image }, dengan { $access ->
        [key] kunci SSH yang ada
       *[password] kata sandi baru yang hanya bisa dilihat sekali
    }. Alamat dan masa sewanya tetap.

    Untuk melanjutkan, ketik nama servernya persis: *{ $hostname }*
reinstall-kept = Baik, tidak ada yang dilakukan. Server *{ $hostname }* (#{ $number }) tetap seperti semula.
reinstall-gone = Server *{ $hostname }* (#{ $number }) tidak bisa diinstal ulang sekarang. Tidak ada yang dilakukan.
server-reinstalled = ✅ Server *{ $hostname }* (#{ $number }) sudah diinstal ulang dengan { $image }.
    Masuk: { $ssh }
    { $access ->
        [key] Pakai kunci SSH Anda.
       *[password] Kata sandinya dibuka dengan tombol di bawah: hanya sekali, dalam 24 jam. Saat pertama masuk Anda diminta menggantinya.
    }
    Kunci host servernya baru. Jika ssh memperingatkan, jalankan dulu: ssh-keygen -R { $address }
server-reinstall-refused = ⚠️ Maaf, server *{ $hostname }* (#{ $number }) tidak bisa diinstal ulang: penyedianya menolak. Isinya tidak diubah. Coba lagi, atau bicara dengan CS kami.
server-reinstall-unclear = ⚠️ Penyedia server *{ $hostname }* (#{ $number }) tidak menjawab, jadi belum pasti apakah server sudah diinstal ulang. Jika sebentar lagi Anda tidak bisa masuk, instal ulang sekali lagi atau bicara dengan CS kami.
server-reinstall-late = ⚠️ Server *{ $hostname }* (#{ $number }) mulai diinstal ulang dengan { $image }, tetapi belum menjawab. Isi yang lama sudah tidak ada. Mungkin ia sebentar lagi siap: { $ssh } ({ $access ->
        [key] dengan kunci SSH Anda
       *[password] dengan kata sandi di balik tombol di bawah
    }). Jika tidak, instal ulang sekali lagi atau bicara dengan CS kami.

### Perintah di menu Telegram

describe-menu = Daftar topik
describe-mentoring = Pesan sesi mentoring
describe-vm = Pesan server (VM)
describe-pesanan = Pesanan saya
describe-servers = Server saya
describe-cs = Bicara dengan petugas
describe-bantuan = Bantuan
describe-bahasa = Ganti bahasa
describe-batal = Batalkan yang sedang berjalan
describe-stop = Hentikan survei dan promosi

### Mentoring: ordering

command-mentoring = mentoring, mentor, bimbingan, konsultasi, pesan mentoring, pesan mentor, order mentoring, mau mentoring, mau pesan mentoring, saya mau mentoring, ingin mentoring, saya ingin mentoring, cari mentor, jadwalkan mentoring, booking mentoring, booking mentor, daftar mentoring, ikut mentoring, mentoring dong, mentoring kak, mentoring min, mau bimbingan, mau konsultasi, sesi mentoring, pesan sesi, pesan sesi mentoring, belajar sama mentor
command-orders = pesanan saya, pesanan, order saya, lihat pesanan, cek pesanan, daftar pesanan, status pesanan, riwayat pesanan, jadwal saya, sesi saya, mentoring saya
mentoring-words = mentoring, mentor, mentornya, bimbingan, konsultasi
command-zone = zona waktu, zona, ganti zona waktu, ubah zona waktu, ganti zona, atur zona waktu, jam saya salah
label-mentoring = 🎓 Mentoring
label-orders = 🧾 Pesanan saya
label-order = ✅ Pesan sekarang
label-change-subject = Ganti topik
label-change-mentor = Ganti mentor
label-change-time = Ganti waktu
label-change-email = Ganti e-mail
label-cancel-order = ✖️ Batal
label-more = ➡️ Lainnya
label-go-on = ↩️ Lanjutkan yang tadi
label-zone = 🌏 Ganti zona waktu
title-mentoring = pesanan mentoring
title-zone = zona waktu

mentoring-not-offered = Maaf, mentoring belum tersedia saat ini.
mentoring-ask-subject = *Mentoring*: pilih topik, pilih waktu, bayar lewat tautan, lalu bertemu mentor lewat video.

    { $subjects }

    Topik apa yang Anda minati?
mentoring-subject-line = • *{ $subject }*: { $description }
mentoring-ask-mentor = Dengan siapa?

    { $mentors }
mentoring-mentor-line = • *{ $mentor }*: { $profile }
    { $price } untuk { $minutes } menit, paling cepat { $next }
mentoring-mentor-line-full = • *{ $mentor }*: { $profile }
    { $price } untuk { $minutes } menit, sedang penuh
mentoring-ask-day = Hari apa Anda ingin bertemu { $mentor }?
    Pilih, atau tulis harinya: *besok*, *senin*, *23/11*. Di tempat Anda sekarang { $now }.
mentoring-day = { $day }
mentoring-day-past = Hari itu sudah lewat. Pilih hari yang akan datang.
mentoring-day-far = Hari itu terlalu jauh; pemesanan dibuka sampai *{ $last }*.
mentoring-day-full = Tidak ada waktu kosong pada hari itu. Ini hari-hari yang masih ada.
mentoring-day-odd = Kami belum paham harinya. Tulis misalnya *besok*, *senin* atau *23/11*.
mentoring-ask-time = { $day }: jam berapa dengan { $mentor }?
    Pilih, atau tulis jamnya: *09.00*.
mentoring-time = { $time }
mentoring-time-odd = Kami belum paham jamnya. Tulis misalnya *09.00* atau *jam 2 siang*.
mentoring-time-not-free = Jam itu tidak tersedia. Ini jam yang masih kosong.
mentoring-time-gone = Maaf, *{ $at }* sudah tidak tersedia: baru saja dipesan orang lain, atau sudah terlalu dekat. Ini waktu yang masih ada.
mentoring-full = Maaf, { $mentor } sedang penuh. Pilih mentor lain, atau coba lagi besok.
mentoring-cannot-pay = Maaf, pesanan ini belum bisa dibayar saat ini. Tim kami sudah diberi tahu; coba lagi nanti.
mentoring-price-changed = Harganya baru saja berubah. Mohon periksa lagi.
mentoring-ask-email = Ke alamat e-mail mana undangan dan kuitansinya kami kirim?
email-odd = Itu sepertinya bukan alamat e-mail. Contoh: *nama@gmail.com*.
mentoring-summary = *Pesanan Anda*
    Topik: *{ $subject }*
    Mentor: *{ $mentor }*
    Waktu: *{ $at }* ({ $minutes } menit)
    E-mail: { $email }
    Harga: *{ $price }*

    Waktu ini kami tahan { $hold } menit untuk Anda. Sudah benar?
mentoring-ask-provider = Bayar *{ $price }* lewat apa?
mentoring-ordered = ✅ Pesanan *#{ $number }* kami catat: { $mentor }, *{ $at }*.
    Tautan pembayaran { $price } segera kami kirim; bayar sebelum *{ $pay_by }*. Mentor sudah kami tanya.

zone-ask = Anda di zona waktu mana? Sekarang { $now }.
zone-set = Baik, jam kami tampilkan menurut zona waktu Anda: sekarang { $now }.
zone-wib = WIB (Jakarta)
zone-wita = WITA (Makassar)
zone-wit = WIT (Jayapura)
ops-cannot-pay = ⚠️ Tidak ada cara bayar untuk { $price } ({ $what }): lihat PAYMENTS.

### ordering a machine

command-ordering = pesan, order, beli, mau pesan, mau order, mau beli, saya mau pesan, saya mau order, saya mau beli, pesan dong, order dong, pesan kak, order kak, cara pesan, cara order
command-vm = vm, vps, server, cloud, virtual machine, mesin virtual, cloud server, server cloud, cloud vps, hosting, sewa vm, sewa vps, sewa server, sewa cloud, beli vm, beli vps, beli server, pesan vm, pesan vps, pesan server, pesan cloud, order vm, order vps, order server, mau vm, mau vps, mau server, mau cloud, mau sewa vps, mau sewa server, mau beli vps, mau beli server, mau pesan vps, mau pesan server, saya mau vm, saya mau vps, saya mau server, saya mau sewa vps, saya mau sewa server, saya mau pesan vps, saya mau pesan server, saya mau beli server, butuh vps, butuh server, saya butuh server, cari vps, server dong, vps dong, vm dong, harga vps, harga server, harga vm
command-currency = mata uang, ganti mata uang, ubah mata uang, pilih mata uang, atur mata uang, ganti kurs
vm-words = vm, vps, cloud
label-ordering = 🛒 Pesan
label-vm = 🖥️ Server (VM)
label-currency = 💱 Ganti mata uang
label-password = 🔑 Kata sandi sekali pakai
label-change-plan = Ganti paket
label-change-region = Ganti lokasi
label-change-image = Ganti sistem operasi
label-change-term = Ganti lama sewa
label-change-access = Ganti cara masuk
label-change-hostname = Ganti nama server
title-ordering = pesanan
title-vm = pesanan server
title-currency = mata uang

ordering-ask = Mau pesan apa?
ordering-nothing = Maaf, saat ini belum ada yang bisa dipesan di sini.

currency-ask = Harga dan pembayaran dalam mata uang apa?
currency-name = { $currency ->
        [AUD] Dolar Australia (AUD)
        [CAD] Dolar Kanada (CAD)
        [CNY] Yuan (CNY)
        [EUR] Euro (EUR)
        [GBP] Pound sterling (GBP)
        [HKD] Dolar Hong Kong (HKD)
        [IDR] Rupiah (IDR)
        [JPY] Yen (JPY)
        [MYR] Ringgit (MYR)
        [NZD] Dolar Selandia Baru (NZD)
        [SGD] Dolar Singapura (SGD)
        [USD] Dolar AS (USD)
       *[other] { $currency }
    }
currency-set = Baik, harga server kami tampilkan dalam *{ $currency }*.
currency-only = Saat ini harga kami hanya dalam satu mata uang, jadi tidak ada yang perlu dipilih.

vm-not-offered = Maaf, server belum tersedia saat ini.
vm-cannot-pay = Maaf, server belum bisa dibayar saat ini. Tim kami sudah diberi tahu; coba lagi nanti.
vm-all-sold-out = Maaf, semua server sedang habis. Coba lagi nanti, atau tulis *CS* agar kami kabari.
vm-ask-plan = *Server (VM)* dengan CPU khusus untuk Anda: pilih, bayar lewat tautan, dan server siap dalam hitungan menit.

    { $plans }

    Paket mana? Harganya per bulan, sebelum pajak.
vm-plan-line = • *{ $plan }*: { $cpus } vCPU khusus, memori { $memory } GB, disk { $disk } GB, trafik { $traffic } TB
    { $price } per bulan
vm-plan-line-gone = • *{ $plan }*: { $cpus } vCPU khusus, memori { $memory } GB, disk { $disk } GB, trafik { $traffic } TB
    { $price } per bulan, sedang habis
vm-plan-gone = Maaf, paket itu tidak ada lagi. Silakan pilih paket lain.
vm-too-many-unpaid = Anda punya { $count } pesanan server yang belum dibayar. Silakan bayar atau batalkan salah satunya dulu: tulis *pesanan saya*.
vm-plan-sold-out = Maaf, paket *{ $plan }* sedang habis. Silakan pilih paket lain.
vm-ask-region = Server *{ $plan }* ditempatkan di mana?

    { $regions }
vm-region-line = • *{ $region }*: tersedia
vm-region-line-few = • *{ $region }*: { $left ->
        [0] habis
        [1] tinggal satu
       *[other] tinggal { $left }
    }
vm-region-gone = Paket *{ $plan }* tidak tersedia di { $region }. Silakan pilih lokasi lain.
vm-region-sold-out = Maaf, paket *{ $plan }* di { $region } sudah habis. Silakan pilih lokasi lain.
vm-ask-image = Sistem operasi apa?
vm-image-gone = { $image } tidak tersedia di lokasi ini. Silakan pilih sistem operasi lain.
vm-ask-term = Server *{ $plan }* disewa berapa lama?

    { $terms }
vm-months = { $months } bulan
vm-term-line = • { $months } bulan: { $price }{ $percent ->
        [0] { "" }
       *[other] , hemat { $percent }%
    }
vm-term-odd = Lama sewa itu tidak ada. Pilihannya:
    { $terms }
vm-term-gone = Maaf, lama sewa itu tidak ditawarkan lagi. Silakan pilih yang lain.
vm-term-cannot-pay = Maaf, { $price } belum bisa dibayar dengan cara bayar yang ada. Silakan pilih lama sewa lain; tim kami sudah diberi tahu.
vm-ask-access = Bagaimana Anda masuk ke server?
    Tempel *kunci publik SSH* Anda di sini: satu baris yang berawal ssh-ed25519, ssh-rsa, atau ecdsa (isi berkas yang berakhiran .pub).
    Atau pilih kata sandi sekali pakai: Anda membacanya satu kali di halaman khusus, tidak pernah lewat chat.
vm-key-private = 🛑 Itu kunci *pribadi* (private key)! Jangan kirim ke siapa pun. Kami tidak memakainya; hapus pesan itu dan buat pasangan kunci baru.
    Yang kami perlukan kunci *publik*: isi berkas yang berakhiran .pub.
vm-key-format = Itu bukan bentuk yang dipakai OpenSSH. Yang kami perlukan satu baris seperti *ssh-ed25519 AAAA...*; dari PuTTY, salin isi kotak paling atas PuTTYgen.
vm-key-lines = Itu lebih dari satu baris. Kirim satu kunci saja, tanpa ganti baris di tengahnya.
vm-key-options = Ada tulisan di depan jenis kuncinya. Kirim kuncinya saja, mulai dari *ssh-...* atau *ecdsa-...*.
vm-key-kind = Jenis kunci itu tidak kami terima. Pakai ed25519, ECDSA, atau RSA 2048 sampai 16384 bit.
vm-key-short = Kunci RSA itu terlalu pendek. Pakai RSA minimal 2048 bit, atau lebih baik ed25519.
vm-key-odd = Itu bukan kunci publik SSH yang utuh. Salin seluruh isi berkas .pub, atau pilih kata sandi sekali pakai.
vm-ask-hostname = Apa nama server Anda? Misalnya *toko-1* atau *web.tokobudi.id*.
vm-hostname-words = Nama server satu kata saja, tanpa spasi. Misalnya *toko-1*.
vm-hostname-characters = Nama server hanya boleh berisi huruf a sampai z, angka, tanda hubung, dan titik.
vm-hostname-hyphen = Tanda hubung tidak boleh di awal atau di akhir nama.
vm-hostname-points = Titik hanya boleh di antara dua nama, tidak di awal, di akhir, atau dua berturut-turut.
vm-hostname-long = Nama itu terlalu panjang: paling banyak 63 karakter di antara dua titik, dan 253 seluruhnya.
vm-hostname-digits = Nama server, atau bagian terakhirnya, tidak boleh hanya angka.
vm-hostname-reserved = Nama itu sudah punya arti sendiri di setiap server. Silakan pilih nama lain.
vm-hostname-taken = Anda sudah punya server dengan nama itu. Silakan pilih nama lain.
vm-ask-email = Ke alamat e-mail mana invoice dan kabar server Anda kami kirim?
vm-access-key = kunci { $key }
vm-access-password = kata sandi sekali pakai
vm-summary = *Pesanan Anda*
    Paket: *{ $plan }* ({ $cpus } vCPU khusus, memori { $memory } GB, disk { $disk } GB, trafik { $traffic } TB)
    Lokasi: *{ $region }*
    Sistem operasi: *{ $image }*
    Lama sewa: { $months } bulan
    Masuk dengan: { $access }
    Nama server: *{ $hostname }*
    E-mail: { $email }

    { $invoice }

    Sudah benar?
vm-changed = Harga atau isi paketnya baru saja berubah. Mohon periksa lagi.
vm-ask-provider = Bayar *{ $price }* lewat apa?
vm-ordered = ✅ Pesanan *#{ $number }* kami catat: server *{ $hostname }* ({ $plan }, { $region }, { $image }).

    { $invoice }

    Tautan pembayaran segera kami kirim; bayar sebelum *{ $pay_by }*. Sampai saat itu server ini kami simpan untuk Anda. Invoice-nya menyusul setelah dibayar.
vm-invoice-line = { $what }: { $amount }
vm-invoice-net = Sebelum pajak: { $amount }
vm-invoice-tax = PPN { $rate }%: { $amount }
vm-invoice-total = Total: *{ $amount }*
ops-no-currency = ⚠️ Server tidak bisa dipesan: tidak ada cara bayar yang menerima mata uang katalog. Lihat PAYMENTS.


### Mentoring: the session

label-approve = ✅ Terima
label-decline = ❌ Tolak
label-other-time = Pilih waktu lain
label-again = Pesan lagi
label-link = 💳 Tautan pembayaran
label-receipt = Kuitansi
label-propose = 🔁 Minta waktu lain
label-room = 🎥 Masuk ruang
label-move = Pindah waktu
label-cancel-session = Batalkan
label-cancel-sure = Ya, batalkan
label-keep = Tidak jadi
label-done = ✅ Terlaksana
label-no-show = 🚫 Tidak hadir
title-move = pindah waktu sesi

session-approved-unpaid = 👍 Mentor { $mentor } menerima pesanan #{ $number } untuk { $at }. Bayar paling lambat *{ $pay_by }*, lalu sesinya pasti.
session-paid-waiting = Pembayaran pesanan #{ $number } sudah kami terima. Sekarang menunggu jawaban mentor { $mentor }, paling lambat *{ $approve_by }*. Tidak ada jawaban: uang kembali penuh.
session-confirmed = ✅ Sesi #{ $number } pasti!
    📚 { $subject } dengan { $mentor }
    🗓 *{ $at }*, sampai { $until }
    Pengingat kami kirim sehari, sejam, dan sepuluh menit sebelumnya.
session-moved = 🔁 Sesi #{ $number } pindah waktu.
    📚 { $subject } dengan { $mentor }
    🗓 *{ $at }*, sampai { $until }
    Undangan yang lama tidak berlaku lagi.
room-later = tautan ruang menyusul
session-room-follows = Tautan ruang untuk sesi #{ $number } belum siap; kami kirim ke sini sebelum sesi dimulai.
session-room = 🎥 Ruang untuk sesi #{ $number } sudah siap. Sesinya tetap { $at }.
session-room-line = Ruang: { $room } (terbuka pada waktunya)
session-declined = Maaf, mentor { $mentor } tidak bisa menerima pesanan #{ $number } untuk { $at }. Silakan pilih waktu lain.
session-unanswered = Maaf, mentor { $mentor } tidak menjawab pesanan #{ $number } untuk { $at }, jadi kami batalkan. Silakan pilih waktu atau mentor lain.
session-expired = Waktu pembayaran pesanan #{ $number } sudah habis, jadi pesanan ini ditutup. Masih mau? Silakan pesan lagi.
session-reminder-day = 📅 Pengingat: sesi #{ $number }, { $subject }, { $mentor } dan { $customer }, dimulai *{ $at }* (sampai { $until }).
session-reminder-hour = ⏰ Sebentar lagi: sesi #{ $number }, { $subject }, { $mentor } dan { $customer }, dimulai *{ $at }* (sampai { $until }).
session-reminder-soon = 🔔 Silakan bersiap: sesi #{ $number }, { $subject }, { $mentor } dan { $customer }, dimulai *{ $at }* (sampai { $until }).
session-rate = Bagaimana sesi #{ $number } dengan { $mentor }? Beri kami nilai 1 sampai 5.
session-no-show = Menurut mentor { $mentor }, Anda tidak hadir di sesi #{ $number }. Jika itu keliru, tulis *CS*.
session-cancel-sure = Batalkan pesanan #{ $number } ({ $subject }, { $at })? Uang yang kembali: *{ $amount }* dari { $price }.
session-cancelled = Pesanan #{ $number } untuk { $at } dibatalkan.
session-cancelled-by-mentor = Maaf, mentor { $mentor } membatalkan sesi #{ $number } pada { $at }. Uang Anda kembali penuh.
session-move-asked = Mentor { $mentor } minta waktu lain untuk sesi #{ $number } ({ $at }). Pilih waktu baru, atau batalkan tanpa biaya. Jika Anda tidak memilih, sesi tetap pada waktu semula.
session-moving = Baik, sesi #{ $number } pindah ke *{ $at }*. Undangan baru menyusul.
session-move-too-late = Sesi #{ $number } tidak bisa dipindah lagi.
session-move-no-times = Belum ada waktu lain yang kosong dengan { $mentor }. Sesi #{ $number } tetap { $at }.

label-move-sure = Ya, pindahkan
move-ask-day = Sesi #{ $number } dengan { $mentor } sekarang { $at }. Mau pindah ke hari apa?
move-day = { $day }
move-ask-time = Jam berapa pada { $day }?
move-time = { $time }
move-day-full = Hari itu tidak ada waktu kosong. Pilih salah satu hari ini:
move-time-taken = Jam itu tidak kosong. Pilih salah satu jam ini:
move-time-gone = Maaf, waktu itu baru saja diambil. Pilih yang lain:
move-sure = Pindahkan sesi #{ $number } dari { $at } ke *{ $new }*?
session-kept = Baik, sesi #{ $number } tetap { $at }.

mentor-asked = 📩 *Pesanan #{ $number }*
    📚 { $subject } dengan { $customer }
    🗓 *{ $at }*, sampai { $until }
    💰 { $paid ->
        [yes] Sudah dibayar: { $price }.
       *[no] Belum dibayar ({ $price }).
    }
    Mohon jawab paling lambat *{ $approve_by }*.
mentor-approved = ✅ Anda menerima pesanan #{ $number } ({ $customer }, { $at }). Undangan menyusul.
mentor-approved-unpaid = ✅ Anda menerima pesanan #{ $number } ({ $customer }, { $at }). Pelanggan belum membayar; Anda kami kabari begitu pasti.
mentor-declined = Pesanan #{ $number } ({ $customer }, { $at }) Anda tolak. Pelanggan sudah diberi tahu.
mentor-stands = Pesanan #{ $number } ({ $customer }, { $at }) { $status ->
        [approved] sudah Anda terima dan menunggu pembayaran.
        [confirmed] sudah pasti.
        [done] sudah selesai.
        [no-show] sudah dicatat: pelanggan tidak hadir.
        [expired] tidak dibayar pada waktunya dan sudah ditutup.
        [declined] sudah ditolak atau lewat batas waktunya.
        [cancelled] sudah dibatalkan.
       *[open] sudah lewat waktunya.
    } Tidak ada yang berubah.
mentor-session-confirmed = ✅ Sesi #{ $number } pasti.
    📚 { $subject } dengan { $customer }
    🗓 *{ $at }*, sampai { $until }
mentor-session-moved = 🔁 Sesi #{ $number } pindah waktu.
    📚 { $subject } dengan { $customer }
    🗓 *{ $at }*, sampai { $until }
mentor-session-expired = Pesanan #{ $number } ({ $customer }, { $at }) tidak dibayar dan sudah ditutup. Waktu itu kosong lagi.
mentor-session-unanswered = Pesanan #{ $number } ({ $customer }, { $at }) kami batalkan karena tidak ada jawaban.
mentor-session-cancelled = Pelanggan { $customer } membatalkan pesanan #{ $number } ({ $at }). Waktu itu kosong lagi.
mentor-cancel-sure = Batalkan sesi #{ $number } dengan { $customer } ({ $at })? Pelanggan mendapat kembali *{ $amount }*.
mentor-cancel-unpaid = Batalkan sesi #{ $number } dengan { $customer } ({ $at })? Belum ada yang dibayar.
mentor-cancelled = Sesi #{ $number } dengan { $customer } ({ $at }) Anda batalkan. Pelanggan sudah diberi tahu.
mentor-move-asked = Baik, { $customer } kami minta memilih waktu lain untuk sesi #{ $number }. Sampai itu dipilih, sesi tetap { $at }.
mentor-move-asked-already = { $customer } sudah kami minta memilih waktu lain untuk sesi #{ $number }. Sampai itu dipilih, sesi tetap { $at }.
mentor-ask-after = Sesi #{ $number } dengan { $customer } sudah lewat. Apakah terlaksana? Tanpa jawaban kami anggap terlaksana.
mentor-noted-done = Terima kasih. Sesi #{ $number } dengan { $customer } tercatat terlaksana.
mentor-noted-no-show = Tercatat: { $customer } tidak hadir di sesi #{ $number }. Bagian Anda tetap dibayar.
mentor-month = 📊 Bulan { $month }: { $count } sesi, bagian Anda *{ $sum }*.

orders-none = Belum ada pesanan. Mau pesan? Tekan tombolnya.
orders-list = *Pesanan Anda* ({ $first } sampai { $last } dari { $count }). Pilih satu untuk melihatnya.
orders-line = #{ $number } · { $subject } · { $day } · { $status ->
        [unpaid] belum dibayar
        [waiting] menunggu mentor
        [confirmed] pasti
        [done] selesai
        [no-show] tidak hadir
        [expired] kedaluwarsa
        [declined] ditolak
       *[cancelled] dibatalkan
    }
order-detail = *Pesanan #{ $number }* · { $subject }
    Mentor: { $mentor }
    Waktu: { $at }, sampai { $until }
    Harga: { $price }
    ℹ️ { $status ->
        [confirmed] Sudah dibayar dan pasti.
        [done] Selesai.
        [no-show] Anda tercatat tidak hadir.
        [expired] Tidak dibayar pada waktunya, sudah ditutup.
        [declined] Tidak diterima mentor. Yang sudah dibayar kami kembalikan.
       *[cancelled] Dibatalkan.
    }
order-detail-unpaid = *Pesanan #{ $number }* · { $subject }
    Mentor: { $mentor }
    Waktu: { $at }, sampai { $until }
    Harga: { $price }
    ℹ️ Belum dibayar. Bayar paling lambat *{ $pay_by }*.
order-detail-waiting = *Pesanan #{ $number }* · { $subject }
    Mentor: { $mentor }
    Waktu: { $at }, sampai { $until }
    Harga: { $price }
    ℹ️ Sudah dibayar. Menunggu jawaban mentor, paling lambat *{ $approve_by }*.
order-unknown = Pesanan itu tidak ada di daftar Anda.
order-link = Pesanan #{ $number }, *{ $price }*. Bayar paling lambat *{ $pay_by }*:
order-link-coming = Sebentar, tautan pembayaran untuk pesanan #{ $number } sedang kami siapkan.
order-choose-way = Pesanan #{ $number }, *{ $price }*. Mau bayar dengan apa?
order-receipt = Kuitansi pesanan #{ $number }.
order-rated = Terima kasih atas nilainya: { $stars }⭐

ops-mentor-unknown = ⚠️ Pesanan #{ $number }: mentor { $mentor } belum punya chat dengan bot ini (/start mentor_KODE), { $mail ->
        [yes] hanya diberi tahu lewat email
       *[no] dan tidak ada alamat emailnya di katalog: belum tahu apa-apa
    }.
ops-mentor-silent = ⚠️ Pesanan #{ $number }: mentor { $mentor } tidak menjawab, jadi pesanan dibatalkan; yang sudah dibayar dikembalikan.
ops-no-event = ⚠️ Pesanan #{ $number }: kalender menolak acaranya ({ $error }). Sesi tetap jalan tanpa ruang; dicoba lagi sebelum setiap pengingat.
ops-event-stays = ⚠️ Pesanan #{ $number }: acara lamanya tidak bisa dihapus dari kalender ({ $error }).
ops-unsettled = ⚠️ Pesanan #{ $number } selesai, tetapi mentor { $mentor } tidak ada lagi di katalog: bagiannya belum dibukukan.

mail-mentor-asked = Pesanan baru #{ $number }: { $subject }, { $at }
    👤 { $customer } ingin sesi { $subject } dengan Anda: { $at }, sampai { $until }.
    💰 { $paid ->
        [yes] Sudah dibayar: { $price }.
       *[no] Belum dibayar ({ $price }).
    }
    Mohon jawab di Telegram paling lambat { $approve_by }.
mail-session-confirmed = Sesi #{ $number } pasti: { $subject }, { $at }
    📚 { $subject }, { $mentor } dan { $customer }
    🗓 { $at }, sampai { $until }
    🎥 { $room }
mail-session-moved = Sesi #{ $number } pindah waktu: { $subject }, { $at }
    📚 { $subject }, { $mentor } dan { $customer }
    🗓 { $at }, sampai { $until }
    🎥 { $room }
    Undangan yang lama tidak berlaku lagi.
mail-session-reminder = Pengingat: sesi #{ $number }, { $subject }, { $at }
    📚 { $subject }, { $mentor } dan { $customer }
    🗓 { $at }, sampai { $until }
    🎥 { $room }
mail-session-cancelled = Sesi #{ $number } dibatalkan: { $subject }, { $at }
    Sesi { $subject }, { $mentor } dan { $customer }, pada { $at } dibatalkan.


### Mentors

mentor-welcome = Halo, *{ $mentor }*! Chat ini sekarang terhubung dengan jadwal mentoring Anda. Pesanan masuk ke sini; terima atau tolak dengan satu tombol.
    • /agenda: hari ini dan minggu ini
    • /jadwal: jam mengajar, misalnya /jadwal senin 09.00-12.00, 13.00-17.00
    • /libur: hari libur, misalnya /libur 24/12 - 26/12
mentor-code-wrong = Kode itu tidak berlaku. Minta kode baru kepada tim kami.
mentor-moved = Chat mentor *{ $mentor }* dipindahkan ke chat lain. Bukan Anda yang memintanya? Segera hubungi tim kami.
mentor-not-yours = Tombol itu bukan untuk chat ini.
ops-mentor-known = 🎓 Mentor { $mentor } kini terhubung lewat { $person }.
agenda = 📅 *Hari ini*
    { $today }

    📅 *Tujuh hari ini*
    { $week }
agenda-none = – tidak ada
agenda-line = • { $at }: { $subject }, { $customer } (#{ $number }){ $state ->
        [asked] , *menunggu jawaban Anda*
        [unpaid] , belum dibayar
       *[confirmed] { "" }
    }
weekday-monday = Senin
weekday-tuesday = Selasa
weekday-wednesday = Rabu
weekday-thursday = Kamis
weekday-friday = Jumat
weekday-saturday = Sabtu
weekday-sunday = Minggu
hours-week = *Jam mengajar Anda*
    { $lines }

    Ubah: /jadwal senin 09.00-12.00, 13.00-17.00
    Kosongkan: /jadwal senin -
    Kembali ke semula: /jadwal senin asli
hours-line = { $day }: { $spans }{ $changed ->
        [yes] { " " }(diubah)
       *[no] { "" }
    }
hours-odd = Kami belum paham jadwalnya. Tulis misalnya /jadwal senin 09.00-12.00, 13.00-17.00 (kelipatan 15 menit), /jadwal senin - atau /jadwal senin asli.
hours-short = Rentang waktunya terlalu pendek: satu sesi { $minutes } menit.
days-off = *Hari libur Anda*
    { $lines }

    Tambah: /libur 24/12 - 26/12
    Hapus: /libur hapus 24/12
days-off-none = Anda belum punya hari libur. Tambah dengan /libur 24/12 atau /libur 24/12 - 26/12.
days-off-line = • { $first }
days-off-lines = • { $first } – { $last }
days-off-odd = Kami belum paham tanggalnya. Tulis misalnya /libur 24/12, /libur 24/12 - 26/12 atau /libur hapus 24/12.
days-off-past = Tanggal itu sudah lewat.
days-off-long = Paling banyak { $days } hari sekaligus.
still-booked = ⚠️ Sesi berikut tetap berjalan sesuai pesanan:
    { $lines }
still-booked-line = • { $at }: { $customer } (#{ $number })

### a machine's life

label-server-renew = 🔁 Perpanjang
label-server-plan = ⬆️ Ganti paket
label-server-months = { $months } bulan
label-server-keep-plan = ↩️ Kembalikan uang
server-warning = ⏳ Server *{ $hostname }* (#{ $number }, { $plan }, { $region }) berlaku sampai *{ $expires }*: { $days } hari lagi. Perpanjang sekarang supaya tetap menyala.
server-warning-tomorrow = ⏳ Masa sewa server *{ $hostname }* (#{ $number }, { $plan }, { $region }) habis *besok*, { $expires }. Perpanjang sekarang supaya tetap menyala.
server-warning-today = ⏰ Masa sewa server *{ $hostname }* (#{ $number }, { $plan }, { $region }) habis *hari ini*, { $expires }. Perpanjang sekarang supaya tetap menyala.
server-term-over = ⌛ Masa sewa server *{ $hostname }* (#{ $number }, { $plan }, { $region }) sudah habis. Servernya masih menyala sampai *{ $until }*; setelah itu kami matikan. Perpanjang supaya tidak terputus.
server-suspended = ⏸️ Server *{ $hostname }* (#{ $number }, { $plan }, { $region }) kami matikan karena masa sewanya habis. Isinya kami simpan sampai *{ $until }*; setelah itu dihapus dan tidak bisa dikembalikan. Perpanjang, dan server menyala lagi.
server-terminated = 🗑️ Server *{ $hostname }* (#{ $number }, { $plan }, { $region }) sudah dihapus beserta isinya karena tidak diperpanjang. Mau server baru? Tulis *VM* kapan saja.
mail-server-warning = Server { $hostname } habis { $days ->
        [0] hari ini
        [1] besok
       *[other] dalam { $days } hari
    }
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) berlaku sampai { $expires }.
    Supaya tetap menyala, perpanjang di chat: tekan "Perpanjang" di pesan kami, atau tulis "server saya".
mail-server-term-over = Masa sewa server { $hostname } sudah habis
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) berlaku sampai { $expires }. Servernya masih menyala sampai { $until }; setelah itu kami matikan.
    Perpanjang di chat: tekan "Perpanjang" di pesan kami, atau tulis "server saya".
mail-server-suspended = Server { $hostname } kami matikan
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) kami matikan karena masa sewanya habis pada { $expires }. Isinya kami simpan sampai { $until }; setelah itu dihapus dan tidak bisa dikembalikan.
    Perpanjang di chat, dan server menyala lagi: tekan "Perpanjang" di pesan kami, atau tulis "server saya".
mail-server-terminated = Server { $hostname } sudah dihapus
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) sudah dihapus beserta isinya karena tidak diperpanjang.
    Mau server baru? Tulis "VM" di chat kapan saja.
server-cost = *{ $total }*
server-cost-taxed = *{ $total }* ({ $net } + PPN { $tax })
server-renew-terms = 🔁 *Perpanjang server { $hostname }* (#{ $number }, { $plan })
    { $over ->
        [yes] Masa sewanya sudah habis: { $expires }.
       *[no] Berlaku sampai { $expires }.
    }
    Mau berapa lama lagi?
    { $terms }
server-renew-term = • { $months } bulan: { $cost }, sampai { $until }
server-ask-way = Harganya { $cost }. Mau bayar dengan apa?
server-renew-ordered = 🧾 Pesanan *#{ $order }* kami catat: server *{ $hostname }* diperpanjang { $months } bulan, sampai *{ $until }*.
    Harga: { $cost }
    Bayar paling lambat *{ $pay_by }*. Tautannya segera kami kirim.
server-renew-open = Perpanjangan server *{ $hostname }* { $months } bulan (pesanan *#{ $order }*, *{ $total }*) menunggu pembayaran, paling lambat *{ $pay_by }*. Bayar, atau pilih jangka waktu lain:
    { $terms }
server-renew-not = Server #{ $number } { $status ->
        [destroying] sedang dihapus, jadi tidak bisa diperpanjang lagi. Mau server baru? Tulis *VM*.
        [terminated] sudah dihapus, jadi tidak bisa diperpanjang lagi. Mau server baru? Tulis *VM*.
       *[other] belum bisa diperpanjang: masa sewanya belum berjalan.
    }
server-renew-busy = Paket server #{ $number } sedang kami ganti. Setelah selesai, Anda bisa memperpanjangnya dengan harga paket yang baru.
server-not-offered = Maaf, untuk server *{ $hostname }* (#{ $number }, { $plan }) itu belum bisa dipesan sekarang. Server Anda tetap berjalan seperti biasa, dan tim kami sudah diberi tahu. Mau bicara langsung? Tulis *CS*.
server-cannot-pay = Maaf, harga untuk server *{ $hostname }* (#{ $number }) itu belum bisa dibayar dengan cara bayar yang ada. Tim kami sudah diberi tahu. Tulis *CS* untuk bicara dengan kami.
server-renew-expired = Perpanjangan server *{ $hostname }* (pesanan #{ $order }) tidak dibayar pada waktunya, jadi pesanannya kami tutup. Masih mau? Tekan tombolnya.
server-renewed = ✅ Server *{ $hostname }* (#{ $number }) diperpanjang: berlaku sampai *{ $expires }*.
server-renewed-off = ✅ Server *{ $hostname }* (#{ $number }) diperpanjang: berlaku sampai *{ $expires }*. Sekarang servernya kami nyalakan lagi; kami kabari begitu menyala.
server-resumed = ▶️ Server *{ $hostname }* (#{ $number }) menyala lagi di alamat { $address }, berlaku sampai *{ $expires }*.
server-not-resumed = Maaf, server *{ $hostname }* (#{ $number }) belum berhasil kami nyalakan lagi. Tim kami sudah diberi tahu dan sedang mengurusnya; kami kabari begitu menyala.
server-renew-too-late = Pembayaran pesanan #{ $order } datang setelah server *{ $hostname }* (#{ $number }) mulai dihapus, jadi tidak bisa diperpanjang lagi. Uang Anda kami kembalikan penuh.
server-renew-twice = Masa sewa yang Anda bayar dengan pesanan #{ $order } sudah diperpanjang dengan pesanan lain: server *{ $hostname }* (#{ $number }) berlaku sampai *{ $expires }*. Uang Anda kami kembalikan penuh.
server-renew-changed = Server *{ $hostname }* (#{ $number }) berubah setelah pesanan #{ $order } dibuat, jadi perpanjangan itu tidak berlaku lagi. Uang Anda kami kembalikan penuh; silakan perpanjang sekali lagi.
mail-server-renewed = Server { $hostname } diperpanjang sampai { $expires }
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) diperpanjang dengan pesanan #{ $order } dan berlaku sampai { $expires }. Terima kasih!
mail-server-resumed = Server { $hostname } menyala lagi
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) menyala lagi di alamat { $address }, dan berlaku sampai { $expires }.
mail-server-not-resumed = Server { $hostname } belum menyala
    Server #{ $number } ({ $hostname }, { $plan }, { $region }) belum berhasil kami nyalakan lagi. Tim kami sudah diberi tahu dan sedang mengurusnya; kami kabari begitu menyala.
mail-server-renew-refused = Pesanan #{ $order }: uang Anda kami kembalikan
    { $why ->
        [server-renew-too-late] Pembayaran Anda datang setelah server { $hostname } (#{ $number }) mulai dihapus, jadi server itu tidak bisa diperpanjang lagi.
        [server-renew-twice] Masa sewa itu sudah diperpanjang dengan pesanan lain untuk server { $hostname } (#{ $number }).
       *[server-renew-changed] Server { $hostname } (#{ $number }) berubah setelah pesanan itu dibuat. Silakan perpanjang sekali lagi di chat.
    }
    Uang Anda kami kembalikan penuh, lewat cara bayar yang sama.
ops-server-not-offered = ⚠️ Pelanggan mau memperpanjang server #{ $number } ({ $plan }, { $region }) atau mengganti paketnya, tetapi katalog tidak (lagi) punya paket, wilayah atau harganya, atau penyedianya tidak disetel (SERVERS). Servernya tetap berjalan. Lihat docs/servers.md.
ops-server-cannot-pay = ⚠️ Tidak ada cara bayar untuk { $price } (server #{ $number }): lihat PAYMENTS.
server-plans = ⬆️ *Paket lebih besar untuk server { $hostname }* (#{ $number }, sekarang { $plan })
    Masa sewanya berjalan sampai { $expires }, { $days } hari lagi. Untuk sisa waktu itu Anda membayar selisih harganya per hari; setelah itu berlaku harga paket yang baru.
    { $plans }
    Saat paketnya diganti, server mati beberapa menit.
server-plan-line = • *{ $plan }*: { $cpus } vCPU, memori { $memory } GB, disk { $disk } GB. Sekarang { $cost }, nanti { $month } sebulan
server-plan-none = Untuk server *{ $hostname }* (#{ $number }, { $plan }) saat ini tidak ada paket lebih besar yang tersedia di { $region }.
server-plan-not = Paket server #{ $number } belum bisa diganti: { $why ->
        [expired] masa sewanya sudah habis. Perpanjang dulu.
        [last-day] hari ini hari terakhirnya. Perpanjang dulu.
        [busy] server sedang dikerjakan. Tunggu sampai selesai, lalu coba lagi.
       *[gone] server itu tidak berjalan.
    }
server-plan-ordered = 🧾 Pesanan *#{ $order }* kami catat: server *{ $hostname }* dari { $plan } ke *{ $new }*, untuk masa sewa sampai { $expires }.
    Harga: { $cost }
    Bayar paling lambat *{ $pay_by }*; tautannya segera kami kirim. Setelah dibayar paketnya kami ganti, dan server mati beberapa menit.
server-plan-open = Server *{ $hostname }* ke *{ $new }* (pesanan *#{ $order }*, *{ $total }*) menunggu pembayaran.
server-plan-expired = Paket baru untuk server *{ $hostname }* (pesanan #{ $order }) tidak dibayar pada waktunya, jadi pesanannya kami tutup. Servernya tetap { $plan }.
server-plan-begun = 🔧 Paket server *{ $hostname }* (#{ $number }) sedang kami ganti. Servernya mati beberapa menit; kami kabari begitu selesai.
server-plan-waits = Server *{ $hostname }* (#{ $number }) masih dikerjakan. Begitu selesai, paketnya kami ganti, dan kami kabari.
server-plan-refused = Server *{ $hostname }* (#{ $number }) berubah atau masa sewanya habis setelah pesanan #{ $order } dibuat, jadi paketnya tidak kami ganti. Uang Anda kami kembalikan penuh.
server-plan-changed = ✅ Server *{ $hostname }* (#{ $number }) sekarang { $plan }: { $cpus } vCPU, memori { $memory } GB, disk { $disk } GB. Servernya menyala lagi di alamat { $address }.
server-plan-not-yet = Maaf, paket server *{ $hostname }* (#{ $number }) belum berhasil kami ganti. Tim kami sudah diberi tahu dan sedang mengurusnya; kami kabari hasilnya.
server-plan-given-up = Maaf, paket server *{ $hostname }* (#{ $number }) tidak bisa kami ganti; servernya tetap { $plan }. Uang Anda untuk pesanan #{ $order } kami kembalikan penuh.
mail-server-plan-changed = Server { $hostname } sekarang { $plan }
    Server #{ $number } ({ $hostname }, { $region }) sekarang { $plan }: { $cpus } vCPU, memori { $memory } GB, disk { $disk } GB. Servernya menyala lagi di alamat { $address } dan berlaku sampai { $expires }.
mail-server-plan-refused = Pesanan #{ $order }: uang Anda kami kembalikan
    Server { $hostname } (#{ $number }) berubah atau masa sewanya habis setelah pesanan itu dibuat, jadi paketnya tidak kami ganti. Uang Anda kami kembalikan penuh, lewat cara bayar yang sama.
mail-server-plan-not-yet = Paket server { $hostname } belum terganti
    Paket server #{ $number } ({ $hostname }, { $plan }, { $region }) belum berhasil kami ganti. Tim kami sudah diberi tahu dan sedang mengurusnya; kami kabari hasilnya.
mail-server-plan-given-up = Server { $hostname } tetap { $plan }
    Maaf, paket server #{ $number } ({ $hostname }, { $region }) tidak bisa kami ganti. Uang Anda untuk pesanan #{ $order } kami kembalikan penuh, lewat cara bayar yang sama.
ops-server-not-changed = Server #{ $number } ({ $plan } ke { $new }) sudah dibayar dengan pesanan #{ $order }. Coba lagi dengan tombol di atas, atau kembalikan uangnya; pelanggan tahu bahwa kami mengurusnya.
ops-server-plan-kept = ↩️ Server #{ $number } tetap { $plan }; uang untuk paket baru sedang dikembalikan.


### Payments

label-pay = 💳 Bayar sekarang
label-pay-other = Cara bayar lain
label-pay-cancel = Batalkan pesanan
pay-link = Pesanan *#{ $number }*: silakan bayar *{ $amount }* paling lambat *{ $deadline }*.
    Setelah itu tautan ditutup, dan pesanan ini gugur.
pay-reminder = ⏳ Pesanan *#{ $number }* belum dibayar: *{ $amount }*, paling lambat *{ $deadline }*.
pay-refused = Maaf, tautan pembayaran untuk pesanan *#{ $number }* belum bisa dibuat saat ini. Tim kami sudah diberi tahu. Tulis *CS* untuk bicara dengan kami.
pay-refused-other = Maaf, cara bayar ini sedang tidak bisa dipakai untuk pesanan *#{ $number }*. Silakan pilih cara lain.
pay-closed = Tautan pembayaran pesanan *#{ $number }* sudah tidak berlaku. Anda masih bisa membayar *{ $amount }* sampai *{ $deadline }* lewat tautan baru.
pay-received = ✅ Pembayaran *{ $amount }* untuk pesanan *#{ $number }* sudah kami terima. Terima kasih!
pay-receipt = Kuitansi pesanan *#{ $number }*
pay-unmatched = Kami menerima { $came } untuk pesanan *#{ $number }*, padahal yang diminta { $amount }, jadi pesanan belum terhitung dibayar.
    Uang Anda aman. Tim kami sudah diberi tahu dan akan menghubungi Anda.
refund-wanted = ↩️ *{ $amount }* untuk pesanan *#{ $number }* kami kembalikan lewat cara bayar yang sama{ $why ->
        [late] , karena yang dipesan sudah tidak tersedia saat pembayaran masuk
        [twice] , karena pesanan dibayar dua kali
        [closed] , karena pesanan sudah berakhir saat pembayaran masuk
       *[other] { "" }
    }. Kami kabari begitu selesai.
refund-part = ↩️ *{ $amount }* untuk pesanan *#{ $number }* kami kembalikan lewat cara bayar yang sama. Sesuai aturan, { $kept } tidak dikembalikan. Kami kabari begitu selesai.
refund-nothing = Sesuai aturan, pembayaran pesanan *#{ $number }* ({ $kept }) tidak bisa dikembalikan lagi.
refund-given = ✅ *{ $amount }* untuk pesanan *#{ $number }* sudah dikembalikan. Bank atau dompet digital Anda mungkin perlu beberapa hari untuk menampilkannya.
refund-delayed = Maaf, pengembalian *{ $amount }* untuk pesanan *#{ $number }* belum berhasil. Tim kami sudah diberi tahu dan sedang mengurusnya; uang Anda pasti kembali.
mail-receipt = Kuitansi pesanan #{ $number }
    Pembayaran { $amount } sudah kami terima pada { $at }. Kuitansi terlampir. Terima kasih!
ops-payment-refused = ⚠️ { $provider } tidak membuat tautan untuk { $payment }: { $error }
ops-payment-unreadable = ⚠️ { $provider } tidak memberi tahu keadaan { $payment }: { $error }. Kami tetap bertanya.
ops-payment-unknown = ⚠️ { $provider } mengabarkan pembayaran yang tidak kami kenal: { $payment } ({ $what }).
ops-money-unknown = 🚨 { $came } masuk lewat { $provider } untuk sesuatu yang tidak kami kenal: { $payment } (charge { $charge }). Uangnya dicatat di suspense.
ops-money-unmatched = 🚨 { $came } masuk lewat { $provider } untuk { $payment } dari pesanan #{ $number } (charge { $charge }), padahal yang diminta { $amount }. Uangnya dicatat di suspense; pelanggan sudah diberi tahu bahwa kami mengurusnya.
ops-money-back = ↩️ { $amount } masuk untuk pesanan #{ $number } ({ $payment }) { $why ->
        [late] saat yang dipesan sudah tidak tersedia
        [twice] untuk kedua kalinya
       *[closed] setelah pesanan berakhir
    }. Sedang dikembalikan.
ops-refund-failed = 🚨 { $provider } tidak mengembalikan { $amount } ({ $refund }): { $error }. Pelanggan tahu bahwa kami mengurusnya.
ops-refund-again = ↩️ Pengembalian { $amount } ({ $refund }) sedang dicoba.
ops-refund-by-hand = ✅ { $amount } ({ $refund }) sudah dikembalikan secara manual. Pelanggan sudah diberi tahu.
ops-nothing-to-do = Tidak ada lagi yang perlu dilakukan untuk itu.
ops-sweep = 🧾 *Ada { $count } hal tentang uang yang tidak cocok.*
    Terbuka lewat batas waktu:
    { $payments }
    Belum dikembalikan:
    { $refunds }
    Saldo:
    { $balances }
    Yang perlu dilakukan ada di docs/money.md.
label-refund-again = Coba lagi
label-refund-by-hand = Sudah manual
label-money-back = Kembalikan


### Invoices

label-invoice = Invoice
label-proforma = Invoice proforma
order-cancel-unpaid = Batalkan pesanan #{ $number } ({ $price })? Belum ada yang dibayar.
order-cancelled = Pesanan #{ $number } dibatalkan. Tidak ada yang dibayar.
order-what-server = Server { $plan }
order-what-renewal = Perpanjangan server #{ $machine }
order-what-plan = Server #{ $machine } ke paket { $plan }
order-term = { $months } bulan
order-term-rest = sampai akhir masa sewanya
order-server-line = #{ $number } · { $what } · { $status ->
        [unpaid] belum dibayar
        [waiting] sedang disiapkan
        [done] selesai
        [expired] kedaluwarsa
       *[cancelled] dibatalkan
    }
order-server-detail = *Pesanan #{ $number }* · { $what }
    Jangka waktu: { $term }
    Wilayah: { $region }
    Hostname: { $hostname }
    Harga: { $price }, termasuk pajak
    ℹ️ { $status ->
        [waiting] Sudah dibayar, sedang kami siapkan.
        [done] Sudah dibayar dan selesai.
        [expired] Tidak dibayar pada waktunya, sudah ditutup.
       *[cancelled] Dibatalkan. Yang sudah dibayar kami kembalikan.
    }
order-server-detail-unpaid = *Pesanan #{ $number }* · { $what }
    Jangka waktu: { $term }
    Wilayah: { $region }
    Hostname: { $hostname }
    Harga: { $price }, termasuk pajak
    ℹ️ Belum dibayar. Bayar paling lambat *{ $pay_by }*.
order-invoice = Invoice pesanan #{ $number }.
order-proforma = Invoice proforma pesanan #{ $number }. Bayar paling lambat *{ $pay_by }*; setelah dibayar, invoice-nya kami kirim.
pay-invoice = Invoice *{ $invoice }* untuk pesanan *#{ $number }*
mail-invoice = Invoice { $invoice } untuk pesanan #{ $number }
    Pembayaran { $amount } sudah kami terima pada { $at }. Invoice terlampir. Terima kasih!
mail-proforma = Pesanan #{ $number }: bayar paling lambat { $pay_by }
    Terima kasih atas pesanan Anda. Yang harus dibayar: { $amount }, paling lambat { $pay_by }, lewat tautan yang kami kirim di chat.
    Invoice proforma terlampir. Setelah dibayar, Anda menerima invoice-nya.
invoice-line-term = Server { $plan }: { $cpus } vCPU khusus, memori { $memory } GB, disk { $disk } GB, { $months } bulan
invoice-line-renewal = Perpanjangan server #{ $machine }, { $plan }: { $cpus } vCPU khusus, memori { $memory } GB, disk { $disk } GB, { $months } bulan
invoice-line-plan = Server #{ $machine } dari { $old } ke { $plan }: { $cpus } vCPU khusus, memori { $memory } GB, disk { $disk } GB, sampai { $until }
invoice-line-discount = Potongan { $percent }% untuk jangka waktu
paper-title = Invoice
paper-title-proforma = Invoice proforma
paper-number = Nomor
paper-date = Tanggal
paper-order = Pesanan
paper-order-number = #{ $number }
paper-pay-by = Bayar paling lambat
paper-at = { $at }
paper-to = Ditagihkan kepada
paper-tax-id = NPWP { $id }
paper-what = Uraian
paper-amount = Jumlah
paper-net = Subtotal
paper-tax = PPN { $rate }%
paper-total = Total
paper-due = Harus dibayar
paper-stamp-proforma = PROFORMA
paper-stamp-paid = LUNAS
paper-stamp-refunded = DIKEMBALIKAN · { $at }
paper-stamp-part = SEBAGIAN DIKEMBALIKAN · { $at }
paper-note-due = Bayar lewat tautan di chat paling lambat { $pay_by }. Setelah itu pesanan ditutup.
paper-note-closed = Pesanan ini sudah ditutup dan tidak perlu dibayar lagi.
paper-note-proforma = Ini penawaran untuk dibayar, bukan faktur pajak dan bukan bukti pembayaran. Invoice bernomor kami kirim setelah pembayaran masuk.
paper-note-paid = Dibayar pada { $at } melalui { $provider }, nomor pembayaran { $payment }.
paper-note-refunded = { $amount } dikembalikan pada { $at } lewat cara bayar yang sama.
paper-footer = Dokumen ini dibuat otomatis dan sah tanpa tanda tangan. Ada pertanyaan? Balas chat kami kapan saja.
invoice-file = { $invoice }.pdf
proforma-file = proforma-{ $number }.pdf


### Mails and documents

receipt-title = Kuitansi
receipt-business = { -business }
receipt-number = No. { $number }
receipt-from = Diterima dari
receipt-email = E-mail
receipt-for = Untuk
receipt-session = Mentoring { $subject } bersama { $mentor }
receipt-order = Pesanan #{ $number }
receipt-when = Jadwal
receipt-paid-at = Dibayar
receipt-by = Melalui
receipt-reference = Nomor pembayaran
receipt-amount = Jumlah
receipt-paid = LUNAS
receipt-footer = Kuitansi ini dibuat otomatis dan sah tanpa tanda tangan. Simpan sebagai bukti pembayaran Anda. Ada pertanyaan? Balas chat kami kapan saja.
receipt-file = kuitansi-{ $number }.pdf
invite-title = Mentoring { $subject } · { $mentor }
invite-description = Pesanan #{ $number } di { -business }.
    Ruang pertemuan: { $room }
invite-file = undangan-{ $number }.ics
ops-mail-failed = ⚠️ Email untuk { $record } tidak terkirim: { $error }

### provisioning

label-server-again = 🔁 Coba lagi
label-server-region = 🌏 Di { $region }
label-server-refund = 💸 Kembalikan uangnya
label-server-password = 🔑 Lihat kata sandi
server-expired = Waktu bayar untuk server #{ $number } ({ $plan }, { $region }) sudah habis, jadi pesanannya ditutup. Masih mau? Silakan pesan lagi.
server-making = 🛠 Terima kasih! Server #{ $number } ({ $plan }, { $region }, { $image }) sedang dibuat. Biasanya kurang dari { $minutes } menit; kami kabari di sini begitu Anda bisa masuk.
server-late = ⏳ Server #{ $number } ({ $plan }, { $region }) perlu waktu lebih lama dari biasanya. Masih kami kerjakan: paling lambat *{ $until }* kami kabari di sini bahwa server sudah jalan, atau apa langkah berikutnya.
server-not-made = Maaf, server #{ $number } ({ $plan }, { $region }) tidak berhasil dibuat. Tim kami sedang menanganinya dan pembayaran Anda aman: paling lambat *{ $until }* Anda sudah punya servernya atau uangnya sedang dikembalikan.
server-made-again = 🛠 Server #{ $number } sedang dibuat sekali lagi, sekarang di { $region }. Paling lambat *{ $until }* kami kabari di sini hasilnya.
server-active = ✅ Server #{ $number } sudah jalan!
    🖥 { $plan }, { $region }, { $image }
    🌐 Alamat: *{ $address }*
    👤 Pengguna: *{ $user }*
    Masuk dengan kunci SSH Anda: { $ssh }
    Sudah dibayar sampai { $expires }.
server-active-password = ✅ Server #{ $number } sudah jalan!
    🖥 { $plan }, { $region }, { $image }
    🌐 Alamat: *{ $address }*
    👤 Pengguna: *{ $user }*
    Cara masuk: { $ssh }
    Sudah dibayar sampai { $expires }. Kata sandinya bisa dilihat satu kali, dalam 24 jam; saat pertama masuk Anda memilih kata sandi sendiri.
server-password-line = Halaman kata sandi: { $page } (hanya bisa dibuka satu kali)
mail-server-active = Server #{ $number } sudah jalan: { $address }
    🖥 { $plan }, { $region }, { $image }
    🌐 Alamat: { $address }
    👤 Pengguna: { $user }
    Masuk dengan kunci SSH Anda: { $ssh }
    Sudah dibayar sampai { $expires }.
mail-server-active-password = Server #{ $number } sudah jalan: { $address }
    🖥 { $plan }, { $region }, { $image }
    🌐 Alamat: { $address }
    👤 Pengguna: { $user }
    Cara masuk: { $ssh }
    🔑 Kata sandinya bisa dilihat satu kali, dalam 24 jam: { $page }
    Saat pertama masuk Anda memilih kata sandi sendiri.
    Sudah dibayar sampai { $expires }.
server-lost = 🚨 Kabar buruk: penyedia server #{ $number } ({ $hostname }, { $address }) tidak lagi memilikinya dalam keadaan baik. Isinya mungkin hilang. Tim kami sedang menanganinya: paling lambat *{ $until }* kami kabari di sini kelanjutannya, dengan server baru atau uang untuk sisa masanya.
server-lost-expired = 🚨 Kabar buruk: penyedia server #{ $number } ({ $hostname }, { $address }), yang masa sewanya sudah habis, tidak lagi memilikinya dalam keadaan baik. Isinya mungkin hilang. Mohon jangan membayar perpanjangan; tim kami menutup server ini, dan server baru bisa dipesan kapan saja.
server-back = ✅ Kabar baik: server #{ $number } ({ $hostname }) sudah kembali, di { $address }. Anda tidak perlu melakukan apa-apa.
server-given-up = Maaf, server #{ $number } ({ $plan }, { $region }) tidak bisa kami berikan. Servernya kami tutup; pembayaran untuk yang belum Anda pakai dikembalikan.
ops-server-not-made = 🚨 Server #{ $number } untuk { $customer } sudah dibayar dan tidak berhasil dibuat ({ $plan }, { $region }, { $image }): { $error }
    { $provider }, nama { $name }, mesin { $machine }. Bagaimana selanjutnya?
ops-server-lost = 🚨 Server #{ $number } milik { $customer } ({ $hostname }, { $plan }, { $region }, { $address }) hilang: { $error }
    { $provider }, nama { $name }, mesin { $machine }. Coba lagi membuatnya baru, kosong; mengembalikan uang berarti untuk sisa masanya.
ops-server-again = 🔁 Server #{ $number } ({ $plan }, { $region }): sedang dicoba lagi. Kalau gagal, kabarnya muncul di sini.
ops-server-refunded = 💸 Server #{ $number } ({ $plan }, { $region }) dilepas; uangnya sedang dikembalikan. Yang masih ada di penyedianya harap dihapus sendiri.
ops-server-back = ✅ Server #{ $number } ({ $hostname }, { $plan }, { $region }) sudah kembali: kata penyedianya server itu ada. Pelanggan sudah diberi tahu.
ops-server-failed = ⚠️ Server #{ $number } ({ $hostname }, { $plan }, { $region }) tidak berhasil { $kind ->
    [suspend] ditangguhkan
    [resume] dinyalakan lagi setelah diperpanjang
    [destroy] dihapus
    [resize] dipindah ke paket barunya
   *[other] diubah ({ $kind })
    }: { $error }
    { $provider }, mesin { $machine }, { $address }.
### Log errors in the ops group

errors-none =
    ✅ Tidak ada error dalam 24 jam terakhir.
    { $read }
errors-read = { $source }: terakhir dibaca { $at }
errors-nothing-read = Belum ada log yang dibaca.
errors-top =
    🔥 *Error 24 jam terakhir*: { $patterns } pola
    { $lines }

    Halaman { $page }/{ $pages } ({ $listed } pola). Tekan nomornya untuk melihat satu error. Belum ditangani: { $new } (/errors new). Mencari: /errors kata.
errors-new =
    🆕 *Error baru, belum ditangani*: { $patterns } pola
    { $lines }

    Halaman { $page }/{ $pages } ({ $listed } yang terbaru)
errors-new-none = ✅ Tidak ada error baru yang belum ditangani.
errors-find =
    🔎 *{ $word }*: { $patterns } pola, dicari di { $searched } pola terbaru
    { $lines }

    Halaman { $page }/{ $pages }
errors-find-none = 🔎 Tidak ada "{ $word }" di { $searched } pola terbaru.
errors-line = { $number }. { $mark } { $day }× · { $words } · { $source } · { $last }
errors-gone = Error itu sudah tidak tersimpan lagi.
errors-detail =
    { $mark } *{ $level }* · { $state }
    { $words }

    { $count }× seluruhnya, { $day }× dalam 24 jam
    Pertama: { $first }
    Terakhir: { $last }
    Sumber: { $sources }
    Berkas: { $files }

    { $sample }

    { $id }
    { $done }
errors-picture = 📈 { $count }× dalam 48 jam · { $words }
errors-state-new = baru
errors-state-acknowledged = ditangani
errors-state-muted = dibisukan
errors-state-resolved = beres
errors-state-regressed = muncul lagi
errors-chart-span = { $since } – { $until }
errors-chart-title = { $level } per jam
errors-chart-note = { $count }× seluruhnya · terbanyak { $most }
label-errors-one = { $number }
label-errors-back = ‹
label-errors-on = ›
label-errors-new = 🆕

### Ops: machines

ops-servers-none = Belum ada server.
ops-servers =
    🖥 *{ $count } server* · { $statuses }
    Habis dalam 7 hari: { $soon }

    Gagal, menunggu keputusan: { $failures }{ $failed }

    Tanpa pemilik: { $orphans }{ $machines }

    Terpakai dari stok:{ $stock }
label-ops-again = Coba lagi #{ $number } { $action }
ops-server-unknown = Tidak ada server "{ $wanted }". Tulis /server dan nomornya, misalnya /server 17.
ops-server =
    🖥 *#{ $number } { $hostname }* · { $server }
    Status: { $status } · penyedia: { $state }
    { $plan } · { $region } · { $image }
    Pelanggan: { $customer }
    Pesanan pertama: { $order } · masa ke-{ $periods }, sampai { $expires }
    { $provider } { $machine } · { $address }
    Tindakan: { $action } · { $error }
    { $history }
ops-server-line = { $at } · { $what } · { $by }
ops-servers-summary =
    🖥 *Habis dalam 7 hari: { $count }*
    { $servers }{ $more }

    Gagal, menunggu keputusan: { $failures }{ $failed }
ops-servers-line = #{ $number } { $hostname } · { $plan } · { $customer } · { $status } · { $expires } ({ $days } hari)
ops-orphans =
    ⚠️ { $count } mesin di { $provider } tidak dimiliki siapa pun. Sahut tidak menghapusnya; periksalah di penyedia.{ $machines }
ops-sweep-failed = ⚠️ { $provider } tidak mau menyebutkan mesin kita: { $error }

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
log-rise = { $count }× dalam satu jam, biasanya { $usual }×
log-team = { " " }(tim { $team })
log-head-new = 🆕 *Error baru*
log-head-spike = 📈 *Error melonjak*
log-head-regressed = ↩️ *Error muncul lagi setelah dinyatakan beres*
log-head-still = 🔔 *Bisu berakhir, error masih terjadi*
log-state-open = Belum ada yang menanganinya.
log-state-acknowledged = 👀 Ditangani { $by }, { $at }
log-state-muted = 🔕 Dibisukan { $by } sampai { $until }
log-state-resolved = ✅ Dinyatakan beres oleh { $by }, { $at }
label-log-acknowledge = Saya tangani
label-log-hour = Bisukan 1 jam
label-log-day = Bisukan 1 hari
label-log-resolve = Beres
label-log-reopen = Buka lagi
label-log-show = Lihat semua
log-nothing-done = Tidak ada yang berubah. { $state }
log-gone = Error itu sudah tidak tersimpan lagi.
log-file = 📄 { $pattern }: { $count }×, terakhir { $last }
log-failed =
    🚫 *Log { $source } tidak terbaca*{ $team }
    { $why }
log-works = ✅ Log { $source } terbaca lagi.{ $team }
log-silent =
    🔇 *Log { $source } sepi*{ $team }
    Tidak ada yang ditulis sejak { $since }.
log-back = 🔊 Log { $source } menulis lagi.{ $team }
log-digest =
    📚 *{ $count } error lain dari { $patterns } pola*
    { $lines }
    { $more }
log-digest-more = … dan { $count } lagi dari { $patterns } pola. Lihat /errors.
log-line-new = 🆕 { $count }× { $level } · { $source } · { $words }
log-line-spike = 📈 { $count }× { $level } · { $source } · { $words }
log-line-regressed = ↩️ { $count }× { $level } · { $source } · { $words }
log-line-still = 🔔 { $count }× { $level } · { $source } · { $words }
log-line-failed = 🚫 { $source } tidak terbaca: { $words }
log-line-works = ✅ { $source } terbaca lagi
log-line-silent = 🔇 { $source } sepi
log-line-back = 🔊 { $source } menulis lagi
log-phone = Sahut: { $count } error dari { $patterns } pola di log, { $others } kabar lain. Terberat: { $source }, { $top }. Selengkapnya di grup ops.
log-file-head =
    { $id } · { $level } · { $state }
    Tim: { $team }
    Jumlah: { $count }, { $first } – { $last }
log-file-pattern = Pola:
log-file-sources = Sumber:
log-file-files = Berkas:
log-file-history = Riwayat:
log-file-sample = Contoh ({ $path }):
log-file-line = { $at } · { $what } · { $by }

### The pages for ops: who sees them, and the logs

ops-page-name = untuk ops
ops-page-dashboard = Ringkasan
ops-page-errors = Galat
ops-page-you = Masuk sebagai { $name }
ops-page-logout = Keluar
ops-page-login = Masuk
ops-page-login-name = Nama Anda
ops-page-login-token = Token
ops-page-login-hint = Tokennya adalah OPS_PAGE_TOKEN instalasi ini. Nama Anda dicatat di samping perubahan Anda.
ops-page-login-go = Masuk
ops-page-login-again = Formulir ini sudah kedaluwarsa. Silakan coba sekali lagi.
ops-page-login-wait = Terlalu banyak token yang salah. Silakan tunggu { $seconds } detik.
ops-page-login-wrong = Token itu salah.
ops-page-login-nameless = Silakan isi nama Anda, cukup dengan huruf.
ops-page-back = Ke ringkasan
ops-page-not-now = Belum bisa sekarang
ops-page-not-now-hint = Penyimpanan tidak menjawab. Silakan coba sebentar lagi.

ops-level-critical = Kritis
ops-level-error = Galat
ops-level-warning = Peringatan
ops-level-notice = Catatan
ops-level-info = Info
ops-level-debug = Debug
ops-level-trace = Trace
ops-state-new = Baru
ops-state-acknowledged = Diketahui
ops-state-muted = Dibisukan
ops-state-resolved = Selesai
ops-state-regressed = Kambuh
ops-happened-acknowledge = Diketahui
ops-happened-mute = Dibisukan
ops-happened-resolve = Diselesaikan
ops-happened-reopen = Dibuka lagi
ops-happened-regressed = Muncul lagi setelah selesai
ops-happened-mute-over = Masa bisu berakhir

ops-logs-tile-errors = galat
ops-logs-tile-unseen = pola belum ditangani
ops-logs-tile-regressed = kambuh setelah selesai
ops-logs-tile-new = pola baru
ops-logs-over-time = Galat menurut waktu
ops-logs-quiet = Tidak ada galat dalam waktu ini.
ops-logs-new = Baru
ops-logs-no-new = Tidak ada yang baru.
ops-logs-rising = Meningkat
ops-logs-no-rising = Tidak ada yang lebih sering dari sebelumnya.
ops-logs-gone = Hilang
ops-logs-no-gone = Tidak ada yang berhenti.
ops-logs-changed = { $before } sebelumnya, { $after } sekarang
ops-logs-count = { $count ->
   *[other] { $number } kali
 }
ops-logs-last = terakhir
ops-logs-first = pertama
ops-logs-sources = Sumber
ops-logs-no-sources = Belum ada log yang dibaca. Sebutkan di katalog, di tabel logs.
ops-logs-source-unread = belum dibaca
ops-logs-source-failing = tidak bisa dibaca: { $why }
ops-logs-source-silent = senyap sejak { $since }
ops-logs-source-behind = dibaca { $at }, { $size } belum dibaca
ops-logs-source-fine = dibaca { $at }, { $files } berkas
ops-logs-since-hour = Satu jam
ops-logs-since-day = 24 jam
ops-logs-since-week = 7 hari
ops-logs-since-ever = Kapan saja
ops-logs-all = Semua
ops-logs-search = Cari
ops-logs-search-hint = Kata-kata dari galat
ops-logs-filter-state = Status
ops-logs-filter-level = Tingkat
ops-logs-filter-source = Sumber
ops-logs-filter-team = Tim
ops-logs-filter-since = Terlihat
ops-logs-filter-sort = Urut menurut
ops-logs-filter-go = Tampilkan
ops-logs-filter-none = Atur ulang
ops-logs-sort-last = Terakhir terlihat
ops-logs-sort-count = Jumlah
ops-logs-sort-first = Pertama terlihat
ops-logs-last-day = 24 jam terakhir
ops-logs-in-all = Semuanya { $count } pola
ops-logs-more-than = Lebih dari { $count } pola
ops-logs-looked-through = { $rows } ditemukan dalam { $looked } pola yang diperiksa
ops-logs-none = Belum ada galat yang ditemukan.
ops-logs-none-such = Tidak ada yang seperti itu di antara pola yang diperiksa.
ops-logs-first-page = Halaman pertama
ops-logs-next-page = Halaman berikutnya
ops-logs-look-on = Periksa lebih jauh
ops-logs-unknown = Galat itu tidak ada
ops-logs-unknown-hint = Alamatnya mungkin salah, atau galat itu tidak disimpan lagi.
ops-logs-fact-count = Jumlah
ops-logs-fact-last = Terakhir terlihat
ops-logs-fact-first = Pertama terlihat
ops-logs-fact-found = Ditemukan pemindaian
ops-logs-fact-id = Id
ops-logs-muted-until = sampai
ops-logs-do = Tindakan
ops-logs-until = Sampai ({ $zone })
ops-logs-mute-until = Bisukan sampai saat itu
ops-logs-done = Beres. Statusnya kini: { $state }.
ops-logs-too-late = Tidak dilakukan: sementara itu sudah diubah. Statusnya kini: { $state }. Oleh siapa, lihat riwayatnya.
ops-logs-busy = Tidak dilakukan: sedang diubah saat ini. Silakan coba lagi.
ops-logs-when = Tidak dilakukan: itu bukan waktu dalam setahun ke depan.
ops-logs-by-hour = Kapan muncul
ops-logs-two-days = 48 jam terakhir, per jam
ops-logs-fortnight = 14 hari terakhir, per 6 jam
ops-logs-sample = Contoh
ops-logs-file-gone = Baris di sekitarnya tidak bisa ditampilkan: berkasnya dipadatkan, dipindah, hilang, atau kini berisi baris lain.
ops-logs-where = Di mana
ops-logs-files = Berkas
ops-logs-history = Riwayat
ops-logs-no-history = Belum ada yang menindaklanjuti.
