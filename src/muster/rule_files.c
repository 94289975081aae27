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
	buffer_init(&content, RULE_FILE_LIMIT + (1u << 17));
	int result = file_read_all(path, RULE_FILE_LIMIT, &content, err);
	if (result == -ERR_LIMIT) {
		const struct sigma_notice said = {
			.file = path,
			.severity = SIGMA_REFUSED,
			.rule_id = "",
			.rule_title = "",
			.reason = "the file is larger than 8 MiB",
		};
		notice(context, &said);
		return 1;
	}
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

/* Where what is found goes. */
struct adding {
	struct sigma_set *set;
	sigma_notice_function *notice;
	void *context;
	size_t files;
};

static int add_path(struct adding *adding, const char *path, bool named, unsigned depth,
		    struct err *err);

static int add_directory(struct adding *adding, const char *path, unsigned depth,
			 struct err *err)
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
			result = add_path(adding, below, false, depth + 1, err);
		if (result > 0)
			refused += result;
		free(below);
		free(entries[i]);
	}
	free(entries);
	return result < 0 ? result : refused;
}

static int add_path(struct adding *adding, const char *path, bool named, unsigned depth,
		    struct err *err)
{
	struct stat about;
	if ((named ? stat : lstat)(path, &about) < 0)
		return err_system(err, "%s", path);
	if (S_ISDIR(about.st_mode)) {
		if (depth > RULE_DIRECTORY_DEPTH)
			return err_set(err, ERR_LIMIT,
				       "%s: directories are nested too deeply", path);
		return add_directory(adding, path, depth, err);
	}
	if (!named && (!S_ISREG(about.st_mode) || !is_rule_name(path)))
		return 0;
	adding->files++;
	return add_file(adding->set, path, adding->notice, adding->context, err);
}

int rule_files_add(struct sigma_set *set, const char *path, sigma_notice_function *notice,
		   void *context, struct err *err)
{
	struct adding adding = {set, notice, context, 0};
	int result = add_path(&adding, path, true, 0, err);
	if (result >= 0 && adding.files == 0)
		return err_set(err, ERR_SYNTAX, "%s: there is no *.yml or *.yaml below it", path);
	return result;
}
