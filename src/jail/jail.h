/*
 * jail: what a process gives up before it touches a contractor's bytes.
 * Floor 1.
 *
 * Two steps. jail_prepare() comes first in main(): from then on no other
 * user may look into the process, it leaves no core file, gains no rights
 * and does not outlive its parent. jail_enter() comes when everything that
 * needs files, memory to execute or rights has been done; there is no way
 * back.
 */
#ifndef JAIL_JAIL_H
#define JAIL_JAIL_H

#include "base/base.h"

/*
 * Not dumpable, no new privileges, no core file, SIGKILL when the parent
 * dies. user: the account to become, with its own group and no other groups;
 * 0 stays what it is. Only root may name a user. 0 or negative.
 */
int jail_prepare(unsigned user, struct err *err) MUST_CHECK;

enum jail_profile {
	/*
	 * Reads, writes and passes on descriptors it was given, and nothing
	 * else: no file can be opened by any way (landlock with no paths), no
	 * process or thread made, nothing new made executable; files cannot
	 * grow, memory is bounded. Any system call that is not on the list
	 * kills the process. Rules and regular expressions are to be compiled
	 * before.
	 */
	JAIL_READER,
	/*
	 * Keeps its files and its socket, but executes no program, traces no
	 * process and changes no mount, module or name space: such a call
	 * kills the process.
	 */
	JAIL_WRITER,
};

enum jail_strength {
	JAIL_WHOLE,            /* a layer that the kernel lacks is an error */
	JAIL_AS_KERNEL_ALLOWS, /* a kernel without landlock is enough */
};

#define JAIL_READER_FILES 16                          /* descriptors at most */
#define JAIL_READER_MEMORY ((uint64_t)2 << 30)        /* bytes of address space */

/*
 * Enter. *ret_missing is NULL, or says for the log which layer is missing,
 * because the kernel does not offer it or because this build has sanitizers,
 * which open files when they please. 0 or negative; after an error the
 * process must end, since it may be half way in.
 */
int jail_enter(enum jail_profile profile, enum jail_strength strength,
	       const char **ret_missing, struct err *err) MUST_CHECK;

#endif
