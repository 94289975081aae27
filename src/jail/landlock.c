#include "jail/layer.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The interface of landlock(7), by version: headers are often older than the
 * kernel. Numbers of the rights are consecutive, so a version is known by how
 * many of them it handles.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif
#define VERSION_FLAG 1u

struct ruleset {
	uint64_t file_rights;
	uint64_t network_rights; /* since version 4: bind and connect over TCP */
	uint64_t scopes;         /* since version 6: abstract sockets and signals */
};

static struct ruleset ruleset_of(long version)
{
	static const unsigned file_rights[] = { 0, 13, 14, 15, 15, 16 };
	size_t last = ARRAY_LENGTH(file_rights) - 1;
	unsigned count = file_rights[version < (long)last ? (size_t)version : last];

	return (struct ruleset){
		.file_rights = ((uint64_t)1 << count) - 1,
		.network_rights = version >= 4 ? 3 : 0,
		.scopes = version >= 6 ? 3 : 0,
	};
}

static size_t ruleset_size(long version)
{
	if (version >= 6)
		return sizeof(struct ruleset);
	return version >= 4 ? offsetof(struct ruleset, scopes) :
			      offsetof(struct ruleset, network_rights);
}

int layer_landlock(struct err *err)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);

	if (version < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
		return 0;
	if (version < 1)
		return err_system(err, "landlock");
	struct ruleset rules = ruleset_of(version);
	CLEAN(fd) int fd = (int)syscall(SYS_landlock_create_ruleset, &rules,
					ruleset_size(version), 0);
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return err_system(err, "landlock");
	return 1;
}
