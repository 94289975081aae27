#include "muster/shared_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Directory of the running program's parent: /usr for /usr/bin/muster. */
static bool prefix_find(char prefix[SHARED_PATH])
{
	ssize_t length = readlink("/proc/self/exe", prefix, SHARED_PATH - 1);

	if (length <= 0 || length >= SHARED_PATH - 1)
		return false;
	prefix[length] = '\0';
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(prefix, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
	return true;
}

int shared_file_find(const char *name, char ret_path[SHARED_PATH], struct err *err)
{
	char prefix[SHARED_PATH];

	if (prefix_find(prefix) &&
	    snprintf(ret_path, SHARED_PATH, "%s/share/muster/%s", prefix, name) < SHARED_PATH &&
	    access(ret_path, R_OK) == 0)
		return 0;
	if (snprintf(ret_path, SHARED_PATH, "%s/%s", MUSTER_DATA, name) >= SHARED_PATH)
		return err_set(err, ERR_LIMIT, "%s: name too long", name);
	if (access(ret_path, R_OK) < 0)
		return err_system(err, "%s", ret_path);
	return 0;
}
