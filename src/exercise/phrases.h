/*
 * Phrases of which records are put together, in the notation of deed.h. For
 * the lists of deeds and plants only.
 */
#ifndef EXERCISE_PHRASES_H
#define EXERCISE_PHRASES_H

/* Native records: who and from where, in an approved room, at a file, with a medium. */
#define WHO "actor=$actor host=$workstation address=$address session=$session"
#define BY "actor=$actor host=$workstation address=$address"
#define AT_DESK " place=$place place_approved:true"
#define FILE_OF(kind) "actor=$actor object=`$" kind "` host=$server address=$address" \
	" session=$session bytes:$bytes marking=`$" kind "_marking`"
#define MEDIUM(registered, owner, encrypted) " medium=$medium medium_registered:" registered \
	" medium_owner" owner " medium_encrypted:" encrypted

/* auditd; numbers of system calls are those of x86_64. */
#define SYSCALL(number, name, success, exit, items, auid, uid, session, who, user, tty, comm, exe, key) \
	"SYSCALL arch=c000003e syscall=" number " success=" success " exit=" exit \
	" a0=ffffff9c a1=7ff$hex a2=0 a3=0 items=" items " ppid=$parent pid=$pid auid=" auid " uid=" uid \
	" gid=" uid " euid=" uid " suid=" uid " fsuid=" uid " egid=" uid " sgid=" uid " fsgid=" uid \
	" tty=" tty " ses=" session " comm=`" comm "` exe=`" exe "` subj=unconfined key=" key \
	"|ARCH=x86_64 SYSCALL=" name " AUID=`" who "` UID=`" user "` GID=`" user "`"
#define BY_USER(number, name, success, exit, items, comm, exe, key) \
	SYSCALL(number, name, success, exit, items, "$auid", "$auid", "$ses", "$actor", "$actor", "pts0", comm, exe, key)
#define BY_USER_AS_ROOT(number, name, success, exit, items, comm, exe, key) \
	SYSCALL(number, name, success, exit, items, "$auid", "0", "$ses", "$actor", "root", "pts0", comm, exe, key)
#define BY_MACHINE(number, name, success, exit, items, comm, exe, key) \
	SYSCALL(number, name, success, exit, items, "4294967295", "0", "4294967295", "unset", "root", "(none)", comm, exe, key)
#define CWD(directory) "~CWD cwd=`" directory "`"
#define PATH(item, name, kind) \
	"~PATH item=" item " name=" name " inode=$inode dev=fd:01 mode=0100640 ouid=0 ogid=0 rdev=00:00 nametype=" kind \
	"|OUID=`root` OGID=`root`"
#define TITLE(hex) "~PROCTITLE proctitle=" hex
#define USER(type, uid, who, op, exe, address, terminal, result) \
	type " pid=$pid uid=" uid " auid=$auid ses=$ses subj=unconfined msg='op=" op " exe=`" exe \
	"` hostname=" address " addr=" address " terminal=" terminal " res=" result "'|UID=`" who "` AUID=`$actor`"
#define SERVICE(type, unit) \
	type " pid=1 uid=0 auid=4294967295 ses=4294967295 subj=unconfined msg='unit=" unit \
	" comm=`systemd` exe=`/usr/lib/systemd/systemd` hostname=? addr=? terminal=? res=success'|UID=`root` AUID=`unset`"

/* sshd in syslog. */
#define FROM " from $address port $port ssh2"
#define LEFT(user) "86 sshd[] Disconnected from user " user " $address port $port"
#define KEY ": ED25519 SHA256:$fingerprint"

#endif
