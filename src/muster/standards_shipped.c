#include "muster/standards_shipped.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "muster/shared_files.h"
#include "muster/standard_source.h"

static int standard_load(struct pg *pg, const char *directory, const char *who,
			 struct err *err)
{
	CLEAN(standard_source) struct standard_source source = { 0 };
	char digest[STORE_DIGEST];
	bool is_new;
	int r = standard_source_read(directory, &source, NULL, NULL, err);

	return r < 0 ? r :
		       standard_source_load(pg, &source, who, true, digest, &is_new, err);
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int standards_shipped_load(struct pg *pg, const char *who, struct err *err)
{
	struct dirent **entries = NULL;
	char directory[SHARED_PATH], path[SHARED_PATH + 300];
	int count, r = shared_file_find("standards", directory, err);

	if (r < 0)
		return r;
	count = scandir(directory, &entries, is_shown, alphasort);
	if (count < 0)
		return err_system(err, "%s", directory);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		if (r == 0)
			r = standard_load(pg, path, who, err);
		free(entries[i]);
	}
	free(entries);
	return r;
}
