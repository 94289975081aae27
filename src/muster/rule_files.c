#include "config.h"

#include "muster/rule_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define RULE_FILE_LIMIT (8u << 20)
#define RULE_DIRECTORY_DEPTH 16

static int add_file(struct sigma_set *set, const char *path,
		    sigma_notice_function *notice, void *context, struct err *err)
{
	CLEAN(buffer) struct buffer content;
	buffer_init(&content, RULE_FILE_LIMIT + 1);
	int result = file_read_all(path, RULE_FILE_LIMIT, &content, err);
	if (result < 0)
		return result;
	return sigma_set_add(set, path, buffer_text(&content), notice, context, err);
}

/* Hidden entries are passed over; links are followed only where they were named. */
static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_rule_name(const char *name)
{
	return text_ends_with(text_of(name), TEXT(".yml")) ||
	       text_ends_with(text_of(name), TEXT(".yaml"));
}

static int add_path(struct sigma_set *set, const char *path, bool named, unsigned depth,
		    sigma_notice_function *notice, void *context, struct err *err);

static int add_directory(struct sigma_set *set, const char *path, unsigned depth,
			 sigma_notice_function *notice, void *context, struct err *err)
{
	struct dirent **entries;
	int refused = 0, result = 0;
	int count = scandir(path, &entries, is_shown, alphasort);
	if (count < 0)
		return err_system(err, "%s", path);
	for (int i = 0; i < count; i++) {
		char *below = NULL;
		if (result >= 0 &&
		    asprintf(&below, "%s/%s", path, entries[i]->d_name) < 0)
			result = err_set(err, ERR_MEMORY, "out of memory");
		else if (result >= 0)
			result = add_path(set, below, false, depth + 1, notice, context,
					  err);
		if (result > 0)
			refused += result;
		free(below);
		free(entries[i]);
	}
	free(entries);
	return result < 0 ? result : refused;
}

static int add_path(struct sigma_set *set, const char *path, bool named, unsigned depth,
		    sigma_notice_function *notice, void *context, struct err *err)
{
	struct stat about;
	if ((named ? stat : lstat)(path, &about) < 0)
		return err_system(err, "%s", path);
	if (S_ISDIR(about.st_mode)) {
		if (depth > RULE_DIRECTORY_DEPTH)
			return err_set(err, ERR_LIMIT,
				       "%s: directories are nested too deeply", path);
		return add_directory(set, path, depth, notice, context, err);
	}
	if (!named && (!S_ISREG(about.st_mode) || !is_rule_name(path)))
		return 0;
	return add_file(set, path, notice, context, err);
}

int rule_files_add(struct sigma_set *set, const char *path, sigma_notice_function *notice,
		   void *context, struct err *err)
{
	return add_path(set, path, true, 0, notice, context, err);
}
