#include "jail/layer.h"

#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef SANITIZED
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

static int become(unsigned user, struct err *err)
{
	char room[16384];
	struct passwd account, *found = NULL;
	int failed = getpwuid_r(user, &account, room, sizeof(room), &found);

	if (failed || !found) {
		errno = failed;
		return failed ? err_system(err, "user %u", user) :
				err_set(err, ERR_CONFIG, "user %u is not known to this system",
					user);
	}
	if (setgroups(0, NULL) < 0 ||
	    setresgid(account.pw_gid, account.pw_gid, account.pw_gid) < 0 ||
	    setresuid(user, user, user) < 0)
		return err_system(err, "becoming user %s", account.pw_name);
	if (setresuid(0, 0, 0) == 0)
		return err_set(err, ERR_SYSTEM, "user %s can become root again",
			       account.pw_name);
	return 0;
}

static int limit(__rlimit_resource_t resource, const char *what, uint64_t most, struct err *err)
{
	struct rlimit now;

	if (getrlimit(resource, &now) < 0)
		return err_system(err, "limit of %s", what);
	if (now.rlim_max > most)
		now.rlim_max = most;
	if (now.rlim_cur > now.rlim_max)
		now.rlim_cur = now.rlim_max;
	return setrlimit(resource, &now) < 0 ? err_system(err, "limit of %s", what) : 0;
}

int jail_prepare(unsigned user, struct err *err)
{
	int failed = user ? become(user, err) : 0;

	if (failed)
		return failed;
	/* Changing the user forgets both of these: they come after it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    (!sanitized && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		return err_system(err, "prctl");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_system(err, "no_new_privs");
	return limit(RLIMIT_CORE, "core files", 0, err);
}

static int limit_reader(struct err *err)
{
	int failed = limit(RLIMIT_NOFILE, "open files", JAIL_READER_FILES, err);

	if (!failed)
		failed = limit(RLIMIT_FSIZE, "file size", 0, err);
	if (!failed && !sanitized)
		failed = limit(RLIMIT_NPROC, "processes", 0, err);
	if (!failed && !sanitized)
		failed = limit(RLIMIT_AS, "memory", JAIL_READER_MEMORY, err);
	return failed;
}

int jail_enter(enum jail_profile profile, enum jail_strength strength,
	       const char **ret_missing, struct err *err)
{
	const char *missing = NULL;
	int result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (result < 0)
		return err_system(err, "no_new_privs");
	if (profile == JAIL_READER && (result = limit_reader(err)) < 0)
		return result;
	if (sanitized) {
		*ret_missing = "built with sanitizers: without landlock and seccomp";
		return 0;
	}
	if (profile == JAIL_READER) {
		result = layer_landlock(err);
		if (result < 0)
			return result;
		if (result == 0 && strength == JAIL_WHOLE)
			return err_set(err, ERR_SYSTEM, "this kernel has no landlock");
		if (result == 0)
			missing = "this kernel has no landlock: seccomp alone keeps files shut";
	}
	result = layer_seccomp(profile, err);
	if (result < 0)
		return result;
	*ret_missing = missing;
	return 0;
}
