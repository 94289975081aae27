/* The audit log: how lines become events, and what the events mean. */
#include "test-decode.h"

/* Lines, and what must be said about them in every division. */
static const struct {
	struct text bytes;
	const char *expect;
} logs[] = {
	/* One event of several lines, its title decoded. */
	{ TEXT("type=SYSCALL msg=audit(1700000000.123:7): arch=c000003e syscall=257 "
	       "success=no "
	       "exit=-13 a0=ffffff9c a1=7f a2=0 a3=0 items=1 auid=1000 uid=0 ses=3 "
	       "comm=\"cat\" exe=\"/usr/bin/cat\" key=\"secret\"\n"
	       "type=CWD msg=audit(1700000000.123:7): cwd=\"/srv/../home/a\"\n"
	       "type=PATH msg=audit(1700000000.123:7): item=0 name=2E2E2F6120622E646F63 "
	       "nametype=NORMAL\n"
	       "type=PROCTITLE msg=audit(1700000000.123:7): "
	       "proctitle=636174002E2E2F612062\n"),
	  "E 1+0+410 2023-11-14T22:13:20.123000Z auditd read failure actor=1000 "
	  "object=/home/a b.doc session=3 id=1700000000.123:7 raw=410 "
	  "{type:t:SYSCALL,arch:t:c000003e,syscall:t:257,success:t:no,exit:t:-13,a0:t:"
	  "ffffff9c,"
	  "a1:t:7f,a2:t:0,a3:t:0,items:t:1,auid:t:1000,uid:t:0,ses:t:3,comm:t:cat,"
	  "exe:t:/usr/bin/cat,key:t:secret,SYSCALL:t:openat} "
	  "{type:t:CWD,cwd:t:/srv/../home/a} "
	  "{type:t:PATH,item:t:0,name:t:../a b.doc,nametype:t:NORMAL} "
	  "{type:t:PROCTITLE,proctitle:t:cat ../a b}\n" },
	/* Two events whose lines alternate and come out of order; two nodes with one id.
	 */
	{ TEXT("node=a type=CWD msg=audit(1.000:1): cwd=\"/x\"\n"
	       "node=b type=CWD msg=audit(1.000:1): cwd=\"/y\"\n"
	       "type=CWD msg=audit(1.000:1): cwd=\"/z\"\r\n"
	       "\n"
	       "node=b type=EOE msg=audit(1.000:1): \n"
	       "node=a type=EOE msg=audit(1.000:1):"),
	  "E 1+0+202 1970-01-01T00:00:01Z auditd other unknown host=a id=a:1.000:1 "
	  "raw=80 "
	  "{type:t:CWD,node:t:a,cwd:t:/x} {type:t:EOE,node:t:a}\n"
	  "E 2+45+121 1970-01-01T00:00:01Z auditd other unknown host=b id=b:1.000:1 "
	  "raw=81 "
	  "{type:t:CWD,node:t:b,cwd:t:/y} {type:t:EOE,node:t:b}\n"
	  "E 3+90+37 1970-01-01T00:00:01Z auditd other unknown id=1.000:1 raw=37 "
	  "{type:t:CWD,cwd:t:/z}\n" },
	/* The same serial at another time is another event. */
	{ TEXT("type=EOE msg=audit(1.000:1):\ntype=EOE msg=audit(1.001:1):\n"),
	  "E 1+0+28 1970-01-01T00:00:01Z auditd other unknown id=1.000:1 raw=28 "
	  "{type:t:EOE}\n"
	  "E 2+29+28 1970-01-01T00:00:01.001000Z auditd other unknown id=1.001:1 raw=28 "
	  "{type:t:EOE}\n" },
	/* Enriched, after 0x1D and after a space; upper case does not touch lower case.
	 */
	{ TEXT("type=USER_LOGIN msg=audit(1.5:2): pid=9 uid=0 auid=1000 ses=4 "
	       "msg='op=login "
	       "id=1000 exe=\"/usr/sbin/sshd\" hostname=? addr=10.0.0.9 terminal=ssh "
	       "res=success'\x1d"
	       "UID=\"root\" AUID=\"alice\" ID=\"alice\"\n"),
	  "E 1+0+190 1970-01-01T00:00:01.500000Z auditd logon success actor=alice "
	  "object=/usr/sbin/sshd address=10.0.0.9 session=4 id=1.5:2 raw=190 "
	  "{type:t:USER_LOGIN,pid:t:9,uid:t:0,auid:t:1000,ses:t:4,msg:t:op=login id=1000 "
	  "exe=\"/usr/sbin/sshd\" hostname=? addr=10.0.0.9 terminal=ssh "
	  "res=success,op:t:login,"
	  "id:t:1000,exe:t:/usr/sbin/sshd,hostname:0:,addr:t:10.0.0.9,terminal:t:ssh,"
	  "res:t:success,UID:t:root,AUID:t:alice,ID:t:alice}\n" },
	{ TEXT("type=ADD_USER msg=audit(1.5:2): pid=9 uid=0 auid=4294967295 "
	       "ses=4294967295 "
	       "msg='op=add-user acct=\"it's\" pid=10 res=failed' UID=\"root\" "
	       "AUID=\"unset\"\n"),
	  "E 1+0+146 1970-01-01T00:00:01.500000Z auditd account failure actor=root "
	  "object=it's "
	  "id=1.5:2 raw=146 "
	  "{type:t:ADD_USER,pid:t:9,uid:t:0,auid:t:4294967295,ses:t:4294967295,"
	  "msg:t:op=add-user acct=\"it's\" pid=10 res=failed,op:t:add-user,acct:t:it's,"
	  "res:t:failed,UID:t:root,AUID:t:unset}\n" },
	/* Hexadecimal by the field's name, never by its look. */
	{ TEXT("type=X msg=audit(1.0:3): exe=CAFE ses=1234 dev=CAFE name=C3A9 comm=abc "
	       "cmd=4\n"),
	  "E 1+0+76 1970-01-01T00:00:01Z auditd other unknown object=\\\\xCA\\\\xFE "
	  "session=1234 "
	  "id=1.0:3 raw=76 "
	  "{type:t:X,exe:t:\\\\xCA\\\\xFE,ses:t:1234,dev:t:CAFE,name:t:\xc3\xa9,"
	  "comm:t:abc,cmd:t:4}\n" },
	/* Bytes that no text holds, and several keys in one. */
	{ TEXT("type=X msg=audit(1.0:3): name=2F00FF0A key=61016201 key=(null) "
	       "tty=(none) x=?\n"),
	  "E 1+0+77 1970-01-01T00:00:01Z auditd other unknown id=1.0:3 raw=77 "
	  "{type:t:X,name:t:/\\\\x00\\\\xFF\\n,key:t:a,key:t:b,key:0:,tty:0:,x:0:}\n" },
	/* Arguments: hexadecimal as strings here, numbers in a SYSCALL; long ones in
	   pieces. */
	{ TEXT("type=EXECVE msg=audit(1.0:4): argc=3 a0=\"sh\" a1_len=6 a1[0]=6120 "
	       "a1[1]=\"b\"\n"
	       "type=PATH msg=audit(1.0:4): item=0 name=\"/bin/sh\" nametype=NORMAL\n"
	       "type=EXECVE msg=audit(1.0:4): a1[2]=\"cd\" a2=2F20\n"),
	  "E 1+0+189 1970-01-01T00:00:01Z auditd other unknown object=/bin/sh id=1.0:4 "
	  "raw=189 "
	  "{type:t:EXECVE,argc:t:3,a0:t:sh,a1_len:t:6,a1:t:a bcd,a2:t:/ } "
	  "{type:t:PATH,item:t:0,name:t:/bin/sh,nametype:t:NORMAL}\n" },
	{ TEXT("type=AVC msg=audit(1.0:5): avc:  denied  { read write } for  pid=1 "
	       "comm=\"a\" "
	       "name=\"shadow\"\n"),
	  "E 1+0+89 1970-01-01T00:00:01Z auditd other failure id=1.0:5 raw=89 "
	  "{type:t:AVC,seresult:t:denied,seperms:t:read,seperms:t:write,pid:t:1,comm:t:a,"
	  "name:t:shadow}\n" },
	/* Sockets of three families, and one that is cut short. */
	{ TEXT("type=SOCKADDR msg=audit(1.0:6): saddr=020001BB0A000001\n"
	       "type=SOCKADDR msg=audit(1.0:7): "
	       "saddr=0A001F90000000000000000000000000000000000000"
	       "000100000000\n"
	       "type=SOCKADDR msg=audit(1.0:8): saddr=01002F72756E2F7800\n"
	       "type=SOCKADDR msg=audit(1.0:9): saddr=0100002F78\n"
	       "type=SOCKADDR msg=audit(1.0:10): saddr=0200\n"),
	  "E 1+0+54 1970-01-01T00:00:01Z auditd other unknown id=1.0:6 raw=54 "
	  "{type:t:SOCKADDR,"
	  "saddr:t:020001BB0A000001,family:t:ipv4,addr:t:10.0.0.1,port:t:443}\n"
	  "E 2+55+94 1970-01-01T00:00:01Z auditd other unknown id=1.0:7 raw=94 "
	  "{type:t:SOCKADDR,"
	  "saddr:t:0A001F90000000000000000000000000000000000000000100000000,family:t:"
	  "ipv6,"
	  "addr:t:::1,port:t:8080}\n"
	  "E 3+150+56 1970-01-01T00:00:01Z auditd other unknown id=1.0:8 raw=56 "
	  "{type:t:SOCKADDR,"
	  "saddr:t:01002F72756E2F7800,family:t:unix,path:t:/run/x}\n"
	  "E 4+207+48 1970-01-01T00:00:01Z auditd other unknown id=1.0:9 raw=48 "
	  "{type:t:SOCKADDR,"
	  "saddr:t:0100002F78,family:t:unix,path:t:@/x}\n"
	  "E 5+256+43 1970-01-01T00:00:01Z auditd other unknown id=1.0:10 raw=43 "
	  "{type:t:SOCKADDR,saddr:t:0200}\n" },
	/* Old user-space records, and old names of LOGIN. */
	{ TEXT("type=USER_START msg=audit(1.0:1): user pid=1 uid=0 auid=0 msg='PAM: "
	       "session open "
	       "acct=root : exe=\"/usr/sbin/crond\" (hostname=?, addr=?, terminal=cron "
	       "res=success)'\n"
	       "type=LOGIN msg=audit(1.0:2): login pid=3 uid=0 old auid=4294967295 new "
	       "auid=500\n"),
	  "E 1+0+163 1970-01-01T00:00:01Z auditd other success actor=0 "
	  "object=/usr/sbin/crond "
	  "id=1.0:1 raw=163 {type:t:USER_START,pid:t:1,uid:t:0,auid:t:0,msg:t:PAM: "
	  "session open "
	  "acct=root : exe=\"/usr/sbin/crond\" (hostname=?, addr=?, terminal=cron "
	  "res=success),"
	  "op:t:PAM: session open,acct:t:root,exe:t:/usr/sbin/crond,hostname:0:,addr:0:,"
	  "terminal:t:cron,res:t:success}\n"
	  "E 2+164+79 1970-01-01T00:00:01Z auditd other unknown actor=500 id=1.0:2 "
	  "raw=79 "
	  "{type:t:LOGIN,pid:t:3,uid:t:0,old-auid:t:4294967295,auid:t:500}\n" },
	/* What is no audit line. "msg=?" says of itself that it is no record. */
	{ TEXT("hello\ntype=X msg=audit(1.0:1\ntype=X msg=audit(a.0:1):\ntype=X "
	       "msg=audit(1:1):\n"
	       "type=X msg=audit(1.0:):\nmsg=audit(1.0:1):\ntype=UNKNOWN[1329] msg=?\n"
	       "type=X msg=audit(99999999999999.0:1):\ntype=X "
	       "msg=audit(1.0:99999999999999999999):"),
	  "R 1@0 auditd-header\nR 2@6 auditd-header\nR 3@29 auditd-header\n"
	  "R 4@54 auditd-header\nR 5@77 auditd-header\nR 6@101 auditd-header\n"
	  "R 8@144 time\nR 9@182 auditd-header\n" },
	/* One bad line spoils its own event, as one record. */
	{ TEXT("type=A msg=audit(1.0:1): x=1\ntype=B msg=audit(1.0:1): x=\xff\n"
	       "type=A msg=audit(1.0:2): x=1\ntype=C msg=audit(1.0:1): x=\0\n"),
	  "R 2@56 utf8\n"
	  "E 3+58+28 1970-01-01T00:00:01Z auditd other unknown id=1.0:2 raw=28 "
	  "{type:t:A,x:t:1}\n" },
	/* Quotes and braces that nobody closes. */
	{ TEXT("type=A msg=audit(1.0:1): x=\"a b\ntype=A msg=audit(1.0:2): msg='a=1 b=2\n"
	       "type=A msg=audit(1.0:3): S={ a=1\ntype=A msg=audit(1.0:4): =x a= b==c\n"),
	  "E 1+0+31 1970-01-01T00:00:01Z auditd other unknown id=1.0:1 raw=31 "
	  "{type:t:A,x:t:a b}\n"
	  "E 2+32+37 1970-01-01T00:00:01Z auditd other unknown id=1.0:2 raw=37 "
	  "{type:t:A,msg:t:a=1 b=2,a:t:1,b:t:2}\n"
	  "E 3+70+32 1970-01-01T00:00:01Z auditd other unknown id=1.0:3 raw=32 "
	  "{type:t:A,S:t:a=1,a:t:1}\n"
	  "E 4+103+35 1970-01-01T00:00:01Z auditd other unknown id=1.0:4 raw=35 "
	  "{type:t:A,a:0:,b:t:=c}\n" },
};

START_TEST(log_says)
{
	assert_script("auditd", NULL, logs[_i].bytes, logs[_i].expect);
}
END_TEST

/* What an event means: lines without their header, parted by "|". */
static const struct {
	const char *records, *expect;
} meanings[] = {
	{ "SYSCALL arch=c000003e syscall=257 success=yes a2=0 auid=1|PATH name=\"/a\" nametype=NORMAL",
	  "read success actor=1 object=/a" },
	{ "SYSCALL arch=c000003e syscall=257 success=yes a2=1 auid=1|PATH name=\"/a\" nametype=NORMAL",
	  "write success actor=1 object=/a" },
	{ "SYSCALL arch=c000003e syscall=2 success=yes a1=241 auid=1|PATH name=\"/d\" nametype=PARENT|PATH name=\"/d/a\" nametype=CREATE",
	  "create success actor=1 object=/d/a" },
	{ "SYSCALL arch=c00000b7 syscall=56 success=yes a2=200 auid=1|PATH name=\"/a\" nametype=NORMAL",
	  "write success actor=1 object=/a" },
	{ "SYSCALL arch=c00000b7 syscall=35 success=no auid=1|CWD cwd=\"/var/log/audit\"|PATH name=\"x/\" nametype=PARENT|PATH name=\"./x/../audit.log\" nametype=DELETE",
	  "delete failure actor=1 object=/var/log/audit/audit.log" },
	{ "SYSCALL arch=c000003e syscall=82 success=yes auid=1|PATH name=\"/new\" nametype=CREATE|PATH name=\"/old\" nametype=DELETE",
	  "move success actor=1 object=/old" },
	{ "SYSCALL arch=c000003e syscall=59 success=yes auid=1 exe=\"/bin/ls\"|PATH item=0 name=\"/bin/ls\" nametype=NORMAL|PATH item=1 name=\"/lib/ld\" nametype=NORMAL",
	  "execute success actor=1 object=/bin/ls" },
	{ "SYSCALL arch=c000003e syscall=42 success=no exit=-115 uid=5|SOCKADDR saddr=020001BB0A000001",
	  "connect failure actor=5 object=10.0.0.1:443" },
	{ "SYSCALL arch=c000003e syscall=165 success=yes auid=1|PATH name=\"/mnt\" nametype=NORMAL",
	  "mount success actor=1 object=/mnt" },
	{ "SYSCALL arch=c000003e syscall=313 success=yes auid=1 exe=\"/bin/kmod\" key=\"modules\"",
	  "configure success actor=1 object=/bin/kmod" },
	{ "SYSCALL arch=c000003e syscall=90 success=yes auid=1|PATH name=\"/../../etc//./shadow\" nametype=NORMAL",
	  "permission success actor=1 object=/etc/shadow" },
	{ "SYSCALL arch=40000003 syscall=5 success=yes auid=1|PATH name=\"/a\" nametype=NORMAL",
	  "other success actor=1 object=/a" },
	{ "SYSCALL arch=40000003 syscall=10 success=yes auid=1 SYSCALL=unlink|PATH name=\"/a\" nametype=DELETE",
	  "delete success actor=1 object=/a" },
	{ "SYSCALL arch=c000003e syscall=87 success=yes auid=-1 uid=0 UID=\"root\"|PATH name=\"rel\" nametype=DELETE",
	  "delete success actor=root object=rel" },
	{ "CONFIG_CHANGE auid=1 op=remove_rule key=\"k\" list=4 res=1",
	  "audit success actor=1 object=k" },
	{ "CONFIG_CHANGE auid=1 op=remove_rule key=\"k\" res=1|SYSCALL arch=c000003e syscall=44 success=yes auid=1 exe=\"/sbin/auditctl\" key=(null)",
	  "audit success actor=1 object=k" },
	{ "DAEMON_END auditd normal halt, sending auid=0 pid=1 res=success",
	  "audit success actor=0" },
	{ "SOFTWARE_UPDATE auid=1 msg='op=install sw=\"vim\" sw_type=rpm res=success'",
	  "configure success actor=1 object=vim" },
	{ "USER_CMD uid=1 auid=1 msg='cwd=\"/\" cmd=6964202D75 terminal=pts/0 res=failed'",
	  "elevate failure actor=1 object=id -u" },
	{ "USER_LOGIN uid=0 auid=4294967295 msg='op=login acct=28696E76616C6964207573657229 exe=\"/usr/sbin/sshd\" hostname=? addr=1.2.3.4 res=failed'",
	  "logon failure actor=(invalid user) object=/usr/sbin/sshd address=1.2.3.4" },
	{ "GRP_MGMT uid=0 auid=7 msg='op=add-group id=1000 res=success'",
	  "account success actor=7 object=1000" },
};

START_TEST(meaning)
{
	struct run run = { .format = "auditd" };
	struct buffer b;
	struct text rest = text_of(meanings[_i].records);

	buffer_init(&b, 65536);
	while (rest.bytes) {
		struct text record = text_split(&rest, '|');
		struct text type = text_split(&record, ' ');
		buffer_add_format(&b, "type=%.*s msg=audit(1.000:1): %.*s\n", TEXT_PRINT(type),
				  TEXT_PRINT(record));
	}
	run_over(&run, buffer_text(&b));
	ck_assert_uint_eq(run.events, 1);
	char *from = strstr(run.script.data, "auditd ") + 7;
	char *to = strstr(from, " id=1.000:1"), *session = strstr(from, " session=");
	*(session && session < to ? session : to) = 0;
	ck_assert_str_eq(from, meanings[_i].expect);
	buffer_done(&run.script);
	buffer_done(&b);
}
END_TEST

/* Any order of lines gives the same number of events. */
START_TEST(any_order)
{
	for (unsigned seed = 0; seed < 20; seed++) {
		struct run run = { .format = "auditd", .chunk = seed * 7 };
		struct buffer b;
		buffer_init(&b, 1u << 20);
		unsigned order[2000];
		for (unsigned i = 0; i < 2000; i++) {
			unsigned other = (seed * 7919u + i * 104729u) % (i + 1);
			order[i] = order[other];
			order[other] = i;
		}
		for (unsigned i = 0; i < 2000; i++)
			buffer_add_format(
				&b, "type=T%u msg=audit(17000000%02u.%03u:%u): n=%u\n",
				order[i] % 4, order[i] / 4 % 100, order[i] / 4 % 1000,
				order[i] / 4, order[i]);
		run_over(&run, buffer_text(&b));
		ck_assert_uint_eq(run.records, 500);
		ck_assert_uint_eq(run.rejects, 0);
		buffer_done(&run.script);
		buffer_done(&b);
	}
}
END_TEST

static void feed_filler(struct run *run, struct decoder *decoder, unsigned first,
			unsigned count)
{
	char line[1100];

	for (unsigned i = first; i < first + count; i++) {
		int length = snprintf(line, sizeof(line),
				      "type=FILL msg=audit(1700000001.000:%u): x=%01000u\n", i, i);
		run_feed(run, decoder, (struct text){ line, (size_t)length });
	}
}

/* 8 MiB later a line finds its event closed; before, it does not. */
START_TEST(late)
{
	struct run run = { .format = "auditd", .chunk = _i ? 4099 : 0, .brief = true };
	struct event_names *names = event_names_new();
	struct decoder *decoder = run_begin(&run, names);

	run_feed(&run, decoder, TEXT("type=A msg=audit(1.000:1): x=1\n"));
	feed_filler(&run, decoder, 10, 7000);
	run_feed(&run, decoder, TEXT("type=B msg=audit(1.000:1): x=1\n"));
	ck_assert_uint_eq(decoder_records(decoder), 0);
	feed_filler(&run, decoder, 10000, 2000);
	ck_assert_uint_gt(run.events, 0);
	ck_assert_uint_eq(run.rejects, 0);
	run_feed(&run, decoder, TEXT("type=C msg=audit(1.000:1): x=1\n"));
	ck_assert_uint_eq(run.rejects, 1);
	run_end(&run, decoder, names);
	ck_assert_uint_eq(run.events, 9001);
	ck_assert_uint_eq(run.rejects, 1);
	buffer_done(&run.script);
}
END_TEST

/* More events, and more lines, than are kept open. */
START_TEST(many)
{
	struct run run = { .format = "auditd", .brief = true };
	struct event_names *names = event_names_new();
	struct decoder *decoder = run_begin(&run, names);
	char line[64];

	for (unsigned i = 0; i < 100000; i++) {
		int length = snprintf(line, sizeof(line), "type=A msg=audit(1.000:%u):\n", i);
		run_feed(&run, decoder, (struct text){ line, (size_t)length });
	}
	ck_assert_uint_ge(run.events, 100000 - 16384);
	for (unsigned i = 0; i < 200000; i++)
		run_feed(&run, decoder, TEXT("type=A msg=audit(2.000:1):\n"));
	run_end(&run, decoder, names);
	ck_assert_uint_eq(run.events, 100000);
	/* The event of too many lines is one reject; what came after it was late. */
	ck_assert_uint_ge(run.rejects, 1);
	buffer_done(&run.script);
}
END_TEST

/* A header that hides behind a long beginning is none, so looking for it is cheap. */
START_TEST(hidden_header)
{
	for (unsigned before = 1000; before < 1030; before++) {
		struct run run = { .format = "auditd" };
		struct buffer b;
		buffer_init(&b, 65536);
		buffer_add_string(&b, "type=A ");
		while (b.length < before)
			buffer_add_byte(&b, 'x');
		buffer_add_string(&b, " msg=audit(1.0:1): a=1\n");
		run_over(&run, buffer_text(&b));
		ck_assert_uint_eq(run.events, before + 1 + 10 <= 1024);
		ck_assert_uint_eq(run.records, 1);
		buffer_done(&run.script);
		buffer_done(&b);
	}
}
END_TEST

START_TEST(many_lines_of_one)
{
	for (unsigned lines = 1023; lines <= 1025; lines++) {
		struct run run = { .format = "auditd", .brief = true };
		struct event_names *names = event_names_new();
		struct decoder *decoder = run_begin(&run, names);
		for (unsigned i = 0; i < lines; i++)
			run_feed(&run, decoder, TEXT("type=PATH msg=audit(1.0:1): item=1\n"));
		run_end(&run, decoder, names);
		ck_assert_uint_eq(run.records, 1);
		ck_assert_uint_eq(run.rejects, lines > 1024);
		buffer_done(&run.script);
	}
}
END_TEST

/* What rules look into is right for every part of every event. */
START_TEST(slots)
{
	static const char *const names[] = { "type", "key", "name", "a1", "exe", NULL };

	for (size_t i = 0; i < ARRAY_LENGTH(logs); i++) {
		struct run run = { .format = "auditd", .names = names };
		run_over(&run, logs[i].bytes);
		buffer_done(&run.script);
	}
}
END_TEST

static void add(TCase *cases)
{
	tcase_add_loop_test(cases, log_says, 0, (int)ARRAY_LENGTH(logs));
	tcase_add_loop_test(cases, meaning, 0, (int)ARRAY_LENGTH(meanings));
	tcase_add_test(cases, any_order);
	tcase_add_loop_test(cases, late, 0, 2);
	tcase_add_test(cases, many);
	tcase_add_test(cases, hidden_header);
	tcase_add_test(cases, many_lines_of_one);
	tcase_add_test(cases, slots);
}

int main(void)
{
	return run_suite("decode-auditd", add);
}
