/* Lines of syslog: headers, times, and what programs say. */
#include "test-decode.h"

static struct decode_options delivered(const char *moment)
{
	return (struct decode_options){ .delivered = moment_of(moment) };
}

static const struct {
	const char *line, *expect;
} headers[] = {
	/* RFC 3164, with and without a priority, the day padded or not */
	{ "Dec  1 06:55:46 box app[12]: hello",
	  "2025-12-01T06:55:46Z(year) syslog other unknown host=box raw=34 "
	  "{host:t:box,app:t:app,pid:t:12,message:t:hello}" },
	{ "<38>Dec 1 06:55:46 box app: hello",
	  "2025-12-01T06:55:46Z(year) syslog other unknown host=box raw=33 "
	  "{host:t:box,app:t:app,facility:t:auth,severity:t:info,message:t:hello}" },
	{ "Feb 28 2024 10:00:00 box app: x",
	  "2024-02-28T10:00:00Z(zone) syslog other unknown host=box raw=31 "
	  "{host:t:box,app:t:app,message:t:x}" },
	{ "2026-03-01T10:00:00.5+02:00 box app[1]: x",
	  "2026-03-01T08:00:00.500000Z syslog other unknown host=box raw=41 "
	  "{host:t:box,app:t:app,pid:t:1,message:t:x}" },
	{ "<0>2026-03-01T10:00:00Z box app: x",
	  "2026-03-01T10:00:00Z syslog other unknown host=box raw=34 "
	  "{host:t:box,app:t:app,facility:t:kern,severity:t:emerg,message:t:x}" },
	{ "Mar  1 12:00:00 box last message repeated 2 times",
	  "2026-03-01T12:00:00Z(year) syslog other unknown host=box raw=49 "
	  "{host:t:box,message:t:last message repeated 2 times}" },
	{ "Mar  1 12:00:00 app[3]: no host",
	  "2026-03-01T12:00:00Z(year) syslog other unknown raw=31 "
	  "{app:t:app,pid:t:3,message:t:no host}" },
	{ "Mar  1 12:00:00 box /usr/sbin/app[3]: x: y [z]",
	  "2026-03-01T12:00:00Z(year) syslog other unknown host=box raw=46 "
	  "{host:t:box,app:t:/usr/sbin/app,pid:t:3,message:t:x: y [z]}" },
	{ "Mar  1 12:00:60 box app: x",
	  "2026-03-01T12:00:59Z(year) syslog other unknown host=box raw=26 "
	  "{host:t:box,app:t:app,message:t:x}" },
	/* A lone CR is data. */
	{ "Mar  1 12:00:00 box app: a\rb",
	  "2026-03-01T12:00:00Z(year) syslog other unknown host=box raw=28 "
	  "{host:t:box,app:t:app,message:t:a\\x0Db}" },
	/* RFC 5424 */
	{ "<165>1 2026-03-01T22:14:15.003Z box.example app 77 ID47 - hello",
	  "2026-03-01T22:14:15.003000Z syslog other unknown host=box.example raw=63 "
	  "{host:t:box.example,app:t:app,pid:t:77,msgid:t:ID47,facility:t:local4,"
	  "severity:t:notice,message:t:hello}" },
	{ "<0>1 2026-03-01T22:14:15Z - - - - -",
	  "2026-03-01T22:14:15Z syslog other unknown raw=35 "
	  "{facility:t:kern,severity:t:emerg,message:t:}" },
	{ "<191>999 2026-03-01T22:14:15Z - - - - - \xef\xbb\xbf" "BOM",
	  "2026-03-01T22:14:15Z syslog other unknown raw=46 "
	  "{facility:t:local7,severity:t:debug,message:t:BOM}" },
	{ "<13>1 2026-03-01T22:14:15Z h a - - [x@1 a=\"1\" b=\"q\\\"\\]\\\\\\n\"][y] text",
	  "2026-03-01T22:14:15Z syslog other unknown host=h raw=68 "
	  "{host:t:h,app:t:a,facility:t:user,severity:t:notice,message:t:text,x@1.a:t:1,"
	  "x@1.b:t:q\"]\\\\\\\\n}" },
	{ "<13>1 2026-03-01T22:14:15Z h a - - [x]",
	  "2026-03-01T22:14:15Z syslog other unknown host=h raw=38 "
	  "{host:t:h,app:t:a,facility:t:user,severity:t:notice,message:t:}" },
};

START_TEST(header)
{
	struct decode_options options = delivered("2026-03-02T00:00:00Z");
	struct buffer expect;

	buffer_init(&expect, 65536);
	buffer_add_format(&expect, "E 1+0+%zu %s\n", strlen(headers[_i].line),
			  headers[_i].expect);
	assert_script("syslog", &options, text_of(headers[_i].line), expect.data);
	buffer_done(&expect);
}
END_TEST

static const struct {
	const char *line, *code;
	unsigned offset;
} no_headers[] = {
	{ "hello", "syslog-header", 0 },
	{ "<13>hello", "syslog-header", 4 },
	{ "<192>1 2026-03-01T22:14:15Z h a - - - x", "syslog-header", 0 },
	{ "<01>1 2026-03-01T22:14:15Z h a - - - x", "syslog-header", 0 },
	{ "<>1 2026-03-01T22:14:15Z h a - - - x", "syslog-header", 0 },
	{ "<1234567890123>1 2026-03-01T22:14:15Z h a - - - x", "syslog-header", 0 },
	{ "<-1>1 2026-03-01T22:14:15Z h a - - - x", "syslog-header", 0 },
	{ "<13>0 2026-03-01T22:14:15Z h a - - - x", "syslog-header", 4 },
	{ "<13>1000 2026-03-01T22:14:15Z h a - - - x", "syslog-header", 4 },
	{ "<13>1 2026-03-01T22:14:15Z h a - -", "syslog-header", 33 },
	{ "<13>1 2026-03-01T22:14:15Z  a - - - x", "syslog-header", 27 },
	{ "<13>1 2026-03-01T22:14:15Z h\xc3\xa9 a - - - x", "syslog-header", 31 },
	{ "<13>1 2026-03-01T22:14:15Z h a - - [x", "syslog-header", 35 },
	{ "<13>1 2026-03-01T22:14:15Z h a - - [x a=\"1]", "syslog-header", 35 },
	{ "<13>1 2026-03-01T22:14:15Z h a - - [x a=1] m", "syslog-header", 35 },
	{ "<13>1 2026-03-01T22:14:15Z h a - - [x]m", "syslog-header", 35 },
	{ "<13>1 2026-03-01T22:14:15Z h a - - x", "syslog-header", 35 },
	{ "<13>1 - h a - - - x", "time", 6 },
	{ "<13>1 2026-02-30T22:14:15Z h a - - - x", "time", 6 },
	{ "<13>1 2026-03-01T22:14:15 h a - - - x", "time", 6 },
	{ "Feb 30 12:00:00 box app: x", "time", 0 },
	{ "Nov 31 14:00:16 box app: x", "time", 0 },
	{ "Mar  1 24:00:00 box app: x", "time", 0 },
	{ "Mar  1 12:60:00 box app: x", "time", 0 },
	{ "Mar  0 12:00:00 box app: x", "time", 0 },
	{ "Feb 29 2025 12:00:00 box app: x", "time", 0 },
	{ "Mar  1 12:00 box app: x", "time", 0 },
	{ "Mrz  1 12:00:00 box app: x", "syslog-header", 0 },
	{ "Mar  1 12:00:00", "syslog-header", 15 },
	{ "Mar", "syslog-header", 0 },
	{ "Dec  1 06:55:46 box app: a\xff", "utf8", 26 },
};

START_TEST(no_header)
{
	struct decode_options options = delivered("2026-03-02T00:00:00Z");
	char expect[64];

	snprintf(expect, sizeof(expect), "R 1@%u %s\n", no_headers[_i].offset,
		 no_headers[_i].code);
	assert_script("syslog", &options, text_of(no_headers[_i].line), expect);
}
END_TEST

/* A log that was delivered at a moment, and the year its line then has. */
static const struct {
	const char *delivered, *line, *moment;
} years[] = {
	{ "2026-03-02T00:00:00Z", "Mar  2 00:00:00", "2026-03-02T00:00:00Z" },
	{ "2026-03-02T00:00:00Z", "Mar  9 00:00:00", "2026-03-09T00:00:00Z" },
	{ "2026-03-02T00:00:00Z", "Mar  9 00:00:01", "2025-03-09T00:00:01Z" },
	{ "2026-01-02T00:00:00Z", "Dec 31 23:59:59", "2025-12-31T23:59:59Z" },
	{ "2025-12-28T00:00:00Z", "Jan  3 00:00:00", "2026-01-03T00:00:00Z" },
	{ "2025-12-28T00:00:00Z", "Jan  5 00:00:00", "2025-01-05T00:00:00Z" },
	{ "2026-03-02T00:00:00Z", "Feb 29 12:00:00", "2024-02-29T12:00:00Z" },
	{ "2024-02-22T12:00:00Z", "Feb 29 12:00:00", "2024-02-29T12:00:00Z" },
	{ "2024-02-22T11:59:59Z", "Feb 29 12:00:00", "2020-02-29T12:00:00Z" },
	{ "2103-06-01T00:00:00Z", "Feb 29 12:00:00", "2096-02-29T12:00:00Z" },
};

START_TEST(year)
{
	struct decode_options options = delivered(years[_i].delivered);
	char line[64], expect[256];

	snprintf(line, sizeof(line), "%s h a: x", years[_i].line);
	snprintf(expect, sizeof(expect),
		 "E 1+0+22 %s(year) syslog other unknown host=h raw=22 "
		 "{host:t:h,app:t:a,message:t:x}\n",
		 years[_i].moment);
	assert_script("syslog", &options, text_of(line), expect);
}
END_TEST

START_TEST(zone)
{
	/* Version 1 with one type, two hours east, and no changes. */
	static const char file[] = "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0\0\0\0\0"
				   "\0\0\0\0\0\0\0\1\0\0\0\4" "\0\0\x1c\x20\0\0" "UTC";
	struct decode_options options = delivered("2026-03-02T00:00:00Z");

	options.zone = (struct text){ file, sizeof(file) };
	assert_script("syslog", &options,
		      TEXT("Mar  1 12:00:00 h a: x\n2026-03-01T12:00:00Z h a: x"),
		      "E 1+0+22 2026-03-01T10:00:00Z(year) syslog other unknown host=h raw=22 "
		      "{host:t:h,app:t:a,message:t:x}\n"
		      "E 2+23+27 2026-03-01T12:00:00Z syslog other unknown host=h raw=27 "
		      "{host:t:h,app:t:a,message:t:x}\n");

	struct event_names *names = event_names_new();
	struct err err = { 0 };
	options.zone = TEXT("not a zone");
	ck_assert_ptr_null(decoder_new(decode_format_find(TEXT("syslog")), &options, names,
				       &(struct decode_sink){ 0 }, &err));
	ck_assert_int_eq(err.code, ERR_SYNTAX);
	event_names_free(names);
}
END_TEST

/* Program and message; then source, action and so on, and fields of its own. */
static const struct {
	const char *app, *message, *expect;
} sayings[] = {
	{ "sshd[7]", "Accepted publickey for alice from 10.0.0.1 port 22 ssh2: RSA SHA256:abc",
	  "sshd logon success actor=alice host=h address=10.0.0.1 session=7 | "
	  "sshd.event:t:accepted,sshd.method:t:publickey,sshd.user:t:alice,"
	  "sshd.address:t:10.0.0.1,sshd.port:t:22,sshd.key:t:SHA256:abc" },
	{ "sshd-session[7]", "Accepted none for root from fe80::1%eth0 port 5 ssh2",
	  "sshd logon success actor=root host=h address=fe80::1%eth0 session=7 | "
	  "sshd.event:t:accepted,sshd.method:t:none,sshd.user:t:root,"
	  "sshd.address:t:fe80::1%eth0,sshd.port:t:5" },
	{ "sshd[7]", "Failed password for invalid user bob from 1.2.3.4 port 9 ssh2",
	  "sshd logon failure actor=bob host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:failed,sshd.method:t:password,sshd.user:t:bob,sshd.address:t:1.2.3.4,"
	  "sshd.port:t:9" },
	/* Names that look like the rest of the message. */
	{ "sshd[7]",
	  "Failed password for invalid user a from 9.9.9.9 port 1 ssh2 from 1.2.3.4 port 9 ssh2",
	  "sshd logon failure actor=a from 9.9.9.9 port 1 ssh2 host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:failed,sshd.method:t:password,sshd.user:t:a from 9.9.9.9 port 1 ssh2,"
	  "sshd.address:t:1.2.3.4,sshd.port:t:9" },
	{ "sshd[7]", "Failed none for invalid user  from 1.2.3.4 port 9 ssh2",
	  "sshd logon failure host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:failed,sshd.method:t:none,sshd.user:t:,sshd.address:t:1.2.3.4,"
	  "sshd.port:t:9" },
	{ "sshd[7]", "Invalid user root from 8.8.8.8 from 1.2.3.4 port 9",
	  "sshd other failure actor=root from 8.8.8.8 host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:invalid-user,sshd.user:t:root from 8.8.8.8,sshd.address:t:1.2.3.4,"
	  "sshd.port:t:9" },
	{ "sshd[7]", "Invalid user Accepted password for root from 1.2.3.4",
	  "sshd other failure actor=Accepted password for root host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:invalid-user,sshd.user:t:Accepted password for root,"
	  "sshd.address:t:1.2.3.4" },
	{ "sshd[7]", "Connection closed by invalid user x user y 6.6.6.6 port 1 1.2.3.4 port 9 [preauth]",
	  "sshd other unknown actor=x user y 6.6.6.6 port 1 host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:closed,sshd.user:t:x user y 6.6.6.6 port 1,sshd.address:t:1.2.3.4,"
	  "sshd.port:t:9" },
	{ "sshd[7]", "User eve from 1.2.3.4 not allowed because not listed in AllowUsers",
	  "sshd logon failure actor=eve host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:not-allowed,sshd.user:t:eve,sshd.address:t:1.2.3.4" },
	{ "sshd[7]", "error: maximum authentication attempts exceeded for invalid user a b from 1.2.3.4 port 9 ssh2 [preauth]",
	  "sshd other failure actor=a b host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:too-many,sshd.user:t:a b,sshd.address:t:1.2.3.4,sshd.port:t:9" },
	{ "sshd[7]", "Disconnected from user alice 1.2.3.4 port 9",
	  "sshd logoff unknown actor=alice host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:disconnect,sshd.user:t:alice,sshd.address:t:1.2.3.4,sshd.port:t:9" },
	{ "sshd[7]", "Received disconnect from 1.2.3.4 port 9:11: from 6.6.6.6 port 1",
	  "sshd other unknown host=h address=1.2.3.4 session=7 | "
	  "sshd.event:t:disconnect,sshd.address:t:1.2.3.4,sshd.port:t:9" },
	{ "sshd[7]", "message repeated 5 times: [ Failed password for root from 1.2.3.4 port 9 ssh2]",
	  "sshd logon failure actor=root host=h address=1.2.3.4 session=7 | "
	  "repeated:t:5,sshd.event:t:failed,sshd.method:t:password,sshd.user:t:root,"
	  "sshd.address:t:1.2.3.4,sshd.port:t:9" },
	{ "sshd[7]", "pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
	  "sshd other success actor=alice host=h session=7 | "
	  "pam.module:t:pam_unix,pam.service:t:sshd,pam.event:t:opened,pam.user:t:alice,"
	  "sshd.event:t:opened,sshd.user:t:alice" },
	{ "sshd[7]", "Failed password for root from here", "sshd other unknown host=h session=7 | " },
	{ "sshd[7]", "Failed ", "sshd other unknown host=h session=7 | " },
	{ "sshd[7]", "Accepted password for root from 1.2.3.4 port 70000 ssh2",
	  "sshd other unknown host=h session=7 | " },
	/* sudo */
	{ "sudo", "   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/sh -c a ; b",
	  "sudo elevate success actor=alice object=/bin/sh -c a ; b host=h | "
	  "sudo.tty:t:pts/0,sudo.pwd:t:/home/alice,sudo.runas:t:root,"
	  "sudo.command:t:/bin/sh -c a ; b,sudo.user:t:alice" },
	{ "sudo", "bob : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id",
	  "sudo elevate failure actor=bob object=/bin/id host=h | "
	  "sudo.tty:t:pts/0,sudo.pwd:t:/,sudo.runas:t:root,sudo.command:t:/bin/id,"
	  "sudo.user:t:bob,sudo.refusal:t:user NOT in sudoers" },
	{ "sudo", "bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/x",
	  "sudo elevate failure actor=bob object=/x host=h | "
	  "sudo.tty:t:pts/0,sudo.pwd:t:/,sudo.runas:t:root,sudo.command:t:/x,sudo.user:t:bob,"
	  "sudo.refusal:t:3 incorrect password attempts" },
	{ "sudo", "pam_unix(sudo:auth): authentication failure; logname=eve uid=4 euid=0 tty=/dev/pts/1 ruser=eve rhost=  user=root",
	  "sudo elevate failure actor=eve host=h | "
	  "pam.module:t:pam_unix,pam.service:t:sudo,pam.event:t:failed,pam.user:t:root,"
	  "pam.by:t:eve" },
	/* su */
	{ "su[9]", "(to root) alice on pts/1",
	  "su elevate success actor=alice object=root host=h | su.from:t:alice,su.to:t:root" },
	{ "su[9]", "FAILED SU (to root) alice on pts/1",
	  "su elevate failure actor=alice object=root host=h | su.from:t:alice,su.to:t:root" },
	{ "su[9]", "Successful su for root by alice",
	  "su elevate success actor=alice object=root host=h | su.from:t:alice,su.to:t:root" },
	{ "su[9]", "FAILED su for root by alice",
	  "su elevate failure actor=alice object=root host=h | su.from:t:alice,su.to:t:root" },
	{ "su[9]", "+ /dev/pts/0 alice:root",
	  "su elevate success actor=alice object=root host=h | su.from:t:alice,su.to:t:root" },
	{ "su[9]", "pam_unix(su:session): session opened for user root by alice(uid=1000)",
	  "su elevate success actor=alice object=root host=h | "
	  "pam.module:t:pam_unix,pam.service:t:su,pam.event:t:opened,pam.user:t:root,"
	  "pam.by:t:alice,su.from:t:alice,su.to:t:root" },
	/* the others */
	{ "systemd-logind[5]", "New session 12 of user alice.",
	  "systemd-logind logon success actor=alice host=h session=12 | "
	  "logind.event:t:new,logind.session:t:12,logind.user:t:alice" },
	{ "systemd-logind[5]", "Session 12 logged out. Waiting for processes to exit.",
	  "systemd-logind logoff success host=h session=12 | "
	  "logind.event:t:ended,logind.session:t:12" },
	{ "systemd-logind[5]", "Removed session 12.",
	  "systemd-logind other success host=h session=12 | "
	  "logind.event:t:removed,logind.session:t:12" },
	{ "CRON[5]", "(root) CMD (test -x /x && (a; b))",
	  "cron execute success actor=root object=test -x /x && (a; b) host=h | "
	  "cron.user:t:root,cron.command:t:test -x /x && (a; b)" },
	{ "CRON[5]", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
	  "cron other success actor=root host=h | "
	  "pam.module:t:pam_unix,pam.service:t:cron,pam.event:t:opened,pam.user:t:root" },
	{ "login[5]", "pam_unix(login:session): session opened for user alice by LOGIN(uid=0)",
	  "pam logon success actor=alice host=h | "
	  "pam.module:t:pam_unix,pam.service:t:login,pam.event:t:opened,pam.user:t:alice,"
	  "pam.by:t:LOGIN" },
	{ "login[5]", "pam_unix(login:session): session closed for user alice",
	  "pam logoff success actor=alice host=h | "
	  "pam.module:t:pam_unix,pam.service:t:login,pam.event:t:closed,pam.user:t:alice" },
};

START_TEST(saying)
{
	struct run run = { .format = "syslog" };
	char line[512], *own, *end;

	snprintf(line, sizeof(line), "2026-03-01T12:00:00Z h %s: %s", sayings[_i].app,
		 sayings[_i].message);
	run_over(&run, text_of(line));
	ck_assert_uint_eq(run.events, 1);
	/* Cut to what the case says: from the source on, without common fields. */
	char got[2048];
	char *from = strstr(run.script.data, "Z ") + 2;
	char *raw = strstr(from, " raw="), *fields = strstr(from, " {");
	own = strstr(fields, ",message:t:");
	ck_assert_ptr_nonnull(own);
	end = strstr(own + 1, ",sshd.");
	for (size_t i = 0; i < 7; i++) {
		static const char *const first[] = { ",sshd.", ",sudo.", ",su.", ",pam.",
						     ",logind.", ",cron.", "}\n" };
		char *at = strstr(own + 1, first[i]);
		if (at && (!end || at < end))
			end = at;
	}
	char *repeated = strstr(fields, "repeated:t:");
	snprintf(got, sizeof(got), "%.*s | %.*s%s", (int)(raw - from), from,
		 repeated ? (int)(own - repeated) : 0, repeated ? repeated : "",
		 repeated && *end == ',' ? end : *end == ',' ? end + 1 : "");
	got[strcspn(got, "}\n")] = 0;
	ck_assert_str_eq(got, sayings[_i].expect);
	buffer_done(&run.script);
}
END_TEST

/* Many lines in every division say the same. */
START_TEST(divisions)
{
	static const char *const lines[] = {
		"<86>1 2026-03-01T12:00:00Z gate sshd 7 - - Failed password for root from 10.0.0.1 port 9 ssh2\n",
		"Mar  1 12:00:00 h sudo: a : TTY=b ; PWD=/ ; USER=root ; COMMAND=/bin/sh\r\n",
		"\n", "nonsense\n", "Mar  1 12:00:00 h x: \xe2\x82\xac\n", "a\xff\n", "b\0c\n",
	};
	static const size_t lengths[] = { 94, 74, 1, 9, 26, 3, 4 };
	struct buffer b;
	char *first = NULL;

	buffer_init(&b, 1u << 20);
	for (unsigned i = 0; i < 3000; i++) {
		unsigned which = (i * 2654435761u >> 8) % 7;
		buffer_add(&b, lines[which], lengths[which]);
	}
	for (size_t chunk = 0; chunk < 200; chunk = chunk * 3 + 1) {
		struct run run = { .format = "syslog", .chunk = chunk };
		run_over(&run, buffer_text(&b));
		if (!first)
			first = strdup(run.script.data);
		ck_assert_str_eq(first, run.script.data);
		buffer_done(&run.script);
	}
	free(first);
	buffer_done(&b);
}
END_TEST

static void add(TCase *cases)
{
	tcase_add_loop_test(cases, header, 0, (int)ARRAY_LENGTH(headers));
	tcase_add_loop_test(cases, no_header, 0, (int)ARRAY_LENGTH(no_headers));
	tcase_add_loop_test(cases, year, 0, (int)ARRAY_LENGTH(years));
	tcase_add_test(cases, zone);
	tcase_add_loop_test(cases, saying, 0, (int)ARRAY_LENGTH(sayings));
	tcase_add_test(cases, divisions);
}

int main(void)
{
	return run_suite("decode-syslog", add);
}
