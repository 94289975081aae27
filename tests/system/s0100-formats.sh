#!/bin/bash
# A small log of each format goes in whole: counts, violations, evidence, receipt.
. "$(dirname "$0")/harness.sh"
instance books
system ACME/files ndjson
system ACME/kernel auditd
system ACME/old syslog
system ACME/new syslog

ordinary 50 >"$work/day.log"
printf '%s\n' '{"time":"2026-10-01T09:00:00Z","id":"x1","action":"send","outcome":"success","actor":"k.brandt","object":"/projects/p3/sheet9","host":"desk4","marking":"CUI","encrypted":false,"destination":"mail.example"}' >>"$work/day.log"
cat >"$work/audit.log" <<'LOG'
type=SYSCALL msg=audit(1790845200.101:811): arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd a2=0 a3=0 items=1 ppid=900 pid=901 auid=1004 uid=1004 gid=1004 euid=1004 suid=1004 fsuid=1004 egid=1004 sgid=1004 fsgid=1004 tty=pts0 ses=7 comm="less" exe="/usr/bin/less" key="drawings"
type=CWD msg=audit(1790845200.101:811): cwd="/home/rl"
type=PATH msg=audit(1790845200.101:811): item=0 name="/projects/p3/sheet9" inode=77 dev=fd:00 mode=0100640 ouid=0 ogid=100 rdev=00:00 nametype=NORMAL
type=DAEMON_END msg=audit(1790845260.000:812): op=terminate auid=1004 pid=640 subj=unconfined res=success
LOG
cat >"$work/messages" <<'LOG'
<86>Oct  1 09:00:01 gate sshd[411]: Accepted publickey for rl from 10.1.0.9 port 40112 ssh2: ED25519 SHA256:q1w2e3
<86>Oct  1 09:00:05 gate sshd[415]: Accepted password for root from 10.1.0.9 port 40113 ssh2
LOG
cat >"$work/stream" <<'LOG'
<86>1 2026-10-01T09:00:01.5Z gate sshd 411 - - Failed password for rl from 10.1.0.9 port 40114 ssh2
<85>1 2026-10-01T09:00:09Z gate sudo - - -       rl : user NOT in sudoers ; TTY=pts/0 ; PWD=/home/rl ; USER=root ; COMMAND=/usr/bin/id
LOG
drop ACME/files "$work/day.log"
drop ACME/kernel "$work/audit.log"
drop ACME/old "$work/messages"
drop ACME/new "$work/stream"
drain

same "51 51 0 0" "$(counts ACME/files.day.log)" "ndjson"
same "2 2 0 0" "$(counts ACME/kernel.audit.log)" "auditd: two records of four lines"
same "2 2 0 0" "$(counts ACME/old.messages)" "syslog of RFC 3164"
same "2 2 0 0" "$(counts ACME/new.stream)" "syslog of RFC 5424"
same 57 "$(status events)" events
same 4 "$(status batches)" batches
same 0 "$(status rejects)" rejects
same 0 "$(status spool_waiting)" spool_waiting
same "" "$(ls -A "$instance/spool/ACME/incoming")" "what is left in incoming"

for key in batch contractor system sha256 outcome received_at; do
	[ -n "$(receipt ACME/files.day.log "$key")" ] || fail "the receipt has no $key"
done
same accepted "$(receipt ACME/files.day.log outcome)" outcome
digest=$(sha256sum <"$work/day.log" | cut -d' ' -f1)
same "$digest" "$(receipt ACME/files.day.log sha256)" "digest in the receipt"
cmp "$work/day.log" "$instance/evidence/${digest:0:2}/$digest" || fail "the evidence is not what was delivered"

muster queue --all --format json >"$work/queue" || fail "queue: status $?"
for rule in XFR-CLEAR AUD-STOPPED AUT-ROOT PRV-REFUSED; do
	grep -q "\"$rule\"" "$work/queue" || fail "no violation of $rule"
done
same "k.brandt" "$(grep XFR-CLEAR "$work/queue" | member subject)" "subject of XFR-CLEAR"
same "$(wc -l <"$work/queue")" "$(status violations)" "violations in status"
