#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exercise/exercise.h"
#include "exercise/reference.h"
#include "exercise/truth.h"

#define ARENA_LIMIT ((size_t)4 << 30)
#define FILE_CAP ((size_t)2 << 30)
#define NAME_ROOM 128
#define DATE_LENGTH 10
#define FIRST_SERIAL 4200

struct exercise {
	const struct exercise_options *options;
	struct exercise_result result;
	struct plan plan;
	struct arena *arena; /* of the whole exercise */
	struct arena *day_arena;
	struct truth *truth;
	struct reference *reference;
	struct buffer file; /* the one being written */
	int directory;
};

/* True where the directory holds anything; -1 with errno. */
static int directory_has_entries(int directory)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int found = 0;

	if (!stream) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	while (!found && (entry = readdir(stream)))
		found = strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(stream);
	return found;
}

static int open_directory(const struct exercise_options *options, struct err *err)
{
	CLEAN(fd) int fd = -1;
	int entries;

	if (file_make_directory(options->directory, 0755, err) < 0)
		return -1;
	fd = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_system(err, "cannot open %s", options->directory);
	entries = directory_has_entries(fd);
	if (entries < 0)
		return err_system(err, "cannot list %s", options->directory);
	if (entries && !options->force)
		return err_set(err, ERR_REFUSED,
			       "%s is not empty; --force writes into it all the same",
			       options->directory);
	/* Until the new one is whole, the old mark of wholeness must not stand. */
	if (unlinkat(fd, "README", 0) < 0 && errno != ENOENT)
		return err_system(err, "cannot remove %s/README", options->directory);
	return fd_take(&fd);
}

/* The name appears with all its bytes or not at all. */
static int put_file(struct exercise *exercise, int directory, const char *name,
		    struct text content, struct err *err)
{
	static const char unfinished[] = ".unfinished";
	CLEAN(fd)
	int fd = openat(directory, unfinished,
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_system(err, "cannot create %s", name);
	if (file_write_fully(fd, content.bytes, content.length) < 0)
		return err_system(err, "cannot write %s", name);
	if (close(fd_take(&fd)) < 0)
		return err_system(err, "cannot write %s", name);
	if (renameat(directory, unfinished, directory, name) < 0)
		return err_system(err, "cannot name %s", name);
	exercise->result.files++;
	exercise->result.bytes += content.length;
	return 0;
}

static int put_list(struct exercise *exercise, const char *name, struct err *err)
{
	if (exercise->file.failed)
		return err_set(err, ERR_MEMORY, "%s is too large for memory", name);
	return put_file(exercise, exercise->directory, name, buffer_text(&exercise->file),
			err);
}

static uint64_t count_lines(struct text text)
{
	uint64_t lines = 0;

	while (text.length) {
		text = text_skip(text, text_find_byte(text, '\n') + 1);
		lines++;
	}
	return lines;
}

static int write_day(struct exercise *exercise, uint32_t contractor, enum format format,
		     uint32_t day, uint64_t *number, int directory, struct err *err)
{
	const struct contractor *c = &exercise->plan.contractors[contractor];
	struct sheet sheet = {.out = &exercise->file};
	struct occurrence *occurrences;
	char name[NAME_ROOM], path[2 * NAME_ROOM], moment[CALENDAR_TEXT];
	uint32_t count;
	uint64_t line = 1;
	int r;

	arena_reset(exercise->day_arena);
	r = plan_day(&exercise->plan, contractor, format, day, number,
		     exercise->day_arena, &occurrences, &count, err);
	if (r < 0)
		return r;
	calendar_to_rfc3339(exercise->plan.start + day * (86400 * MICROSECONDS), moment);
	snprintf(name, sizeof(name), "%s.%.*s.log", format_describe(format)->system,
		 DATE_LENGTH, moment);
	snprintf(path, sizeof(path), "%.*s/%s", TEXT_PRINT(c->code), name);

	buffer_reset(&exercise->file);
	for (uint32_t i = 0; i < count; i++) {
		size_t before = exercise->file.length;

		sheet_write(&sheet, c, &occurrences[i]);
		r = truth_add(exercise->truth, c, &occurrences[i], path, line, err);
		if (r < 0)
			return r;
		line += count_lines(text_skip(buffer_text(&exercise->file), before));
	}
	if (exercise->file.failed)
		return err_set(err, ERR_LIMIT, "%s is larger than a file may be", path);
	exercise->result.records += format == FORMAT_AUDITD ? count : line - 1;
	return put_file(exercise, directory, name, buffer_text(&exercise->file), err);
}

static int write_contractor(struct exercise *exercise, uint32_t contractor,
			    struct err *err)
{
	const struct contractor *c = &exercise->plan.contractors[contractor];
	CLEAN(fd) int directory = -1;

	if (mkdirat(exercise->directory, c->code.bytes, 0755) < 0 && errno != EEXIST)
		return err_system(err, "cannot create the directory %s", c->code.bytes);
	directory = openat(exercise->directory, c->code.bytes,
			   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return err_system(err, "cannot open the directory %s", c->code.bytes);
	for (unsigned format = 0; format < FORMAT_COUNT; format++) {
		uint64_t number = format == FORMAT_AUDITD ? FIRST_SERIAL : 1;

		for (uint32_t day = 0; day < exercise->plan.days; day++) {
			int r = write_day(exercise, contractor, (enum format)format, day,
					  &number, directory, err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int write_contractors_csv(struct exercise *exercise, struct err *err)
{
	struct buffer *out = &exercise->file;

	buffer_reset(out);
	buffer_add_string(out, "code,name,programme\n");
	for (uint32_t i = 0; i < exercise->plan.contractor_count; i++) {
		const struct contractor *c = &exercise->plan.contractors[i];

		buffer_add_format(out, "%.*s,%.*s,%.*s\n", TEXT_PRINT(c->code),
				  TEXT_PRINT(c->name), TEXT_PRINT(c->programme));
	}
	return put_list(exercise, "contractors.csv", err);
}

static int write_systems_csv(struct exercise *exercise, struct err *err)
{
	struct buffer *out = &exercise->file;

	buffer_reset(out);
	buffer_add_string(out, "code,system,format,timezone\n");
	for (uint32_t i = 0; i < exercise->plan.contractor_count; i++) {
		for (unsigned format = 0; format < FORMAT_COUNT; format++) {
			const struct format_description *f =
				format_describe((enum format)format);

			buffer_add_format(out, "%.*s,%s,%s,UTC\n",
					  TEXT_PRINT(exercise->plan.contractors[i].code),
					  f->system, f->name);
		}
	}
	return put_list(exercise, "systems.csv", err);
}

static int write_reference(struct exercise *exercise, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < exercise->plan.contractor_count; i++)
		r = reference_add(exercise->reference, &exercise->plan, i, err);
	for (unsigned kind = 0; r >= 0 && kind < ROSTER_KIND_COUNT; kind++) {
		struct text file =
			reference_file(exercise->reference, (enum roster_kind)kind);
		char name[NAME_ROOM];

		snprintf(name, sizeof(name), "%s.csv",
			 roster_kind_describe((enum roster_kind)kind)->name);
		if (file.length)
			r = put_file(exercise, exercise->directory, name, file, err);
	}
	return r;
}

/* Systems of a contractor's incidents that deliver nothing. */
static void add_feeds(struct exercise *exercise, uint32_t contractor)
{
	const struct contractor *c = &exercise->plan.contractors[contractor];
	struct sheet sheet = {.out = &exercise->file};
	uint32_t count;
	const struct incident *incidents =
		plan_incidents_of(&exercise->plan, contractor, &count);

	for (uint32_t i = 0; i < count; i++) {
		struct text scene = text_of(incident_scene(&incidents[i]));
		struct occurrence at = {.incident = &incidents[i]};
		struct feed feed;

		while (plant_next_feed(&scene, &feed)) {
			buffer_add_format(&exercise->file, "muster system add %.*s/",
					  TEXT_PRINT(c->code));
			sheet_write_text(&sheet, c, &at, feed.name);
			buffer_add_format(&exercise->file, " --format ndjson --every %.*s\n",
					  TEXT_PRINT(feed.every));
		}
	}
}

/* For sh, with muster in the PATH and MUSTER_CONFIG set. */
static int write_enrol(struct exercise *exercise, struct err *err)
{
	struct buffer *out = &exercise->file;

	buffer_reset(out);
	buffer_add_string(out, "set -e\ncd \"$(dirname \"$0\")\"\n");
	for (uint32_t i = 0; i < exercise->plan.contractor_count; i++) {
		const struct contractor *c = &exercise->plan.contractors[i];

		buffer_add_format(
			out, "muster contractor add %.*s --name '%.*s' --unsigned\n",
			TEXT_PRINT(c->code), TEXT_PRINT(c->name));
		add_feeds(exercise, i);
		for (unsigned format = 0; format < FORMAT_COUNT; format++) {
			const struct format_description *f =
				format_describe((enum format)format);

			buffer_add_format(out,
					  "muster system add %.*s/%s --format %s --every "
					  "1d --timezone UTC\n",
					  TEXT_PRINT(c->code), f->system, f->name);
		}
	}
	buffer_add_string(out, "muster roster import");
	for (unsigned kind = 0; kind < ROSTER_KIND_COUNT; kind++) {
		if (reference_file(exercise->reference, (enum roster_kind)kind).length)
			buffer_add_format(out, " %s.csv",
					  roster_kind_describe((enum roster_kind)kind)
						  ->name);
	}
	buffer_add_byte(out, '\n');
	return put_list(exercise, "enrol", err);
}

static int write_plants_csv(struct exercise *exercise, struct err *err)
{
	struct buffer *out = &exercise->file;

	buffer_reset(out);
	buffer_add_string(out, "rule,misdeed,neighbour\n");
	for (size_t i = 0; i < plant_count(); i++) {
		const struct plant *plant = plant_describe(i);

		buffer_add_format(out, "%s,\"%s\",\"%s\"\n", plant->rule,
				  plant->misdeed, plant->neighbour);
	}
	return put_list(exercise, "plants.csv", err);
}

static int write_truth(struct exercise *exercise, struct err *err)
{
	const struct plan *plan = &exercise->plan;
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < plan->incident_count; i++)
		r = truth_add_feeds(exercise->truth,
				    &plan->contractors[plan->incidents[i].contractor],
				    &plan->incidents[i], err);
	if (r >= 0)
		r = put_file(exercise, exercise->directory, "labels.ndjson",
			 truth_labels(exercise->truth), err);

	if (r < 0)
		return r;
	buffer_reset(&exercise->file);
	r = truth_write_violations(exercise->truth, false, &exercise->file, err);
	if (r >= 0)
		r = put_list(exercise, "truth.ndjson", err);
	if (r < 0)
		return r;
	buffer_reset(&exercise->file);
	r = truth_write_violations(exercise->truth, true, &exercise->file, err);
	return r < 0 ? r : put_list(exercise, "neighbours.ndjson", err);
}

static int write_readme(struct exercise *exercise, struct err *err)
{
	char moment[CALENDAR_TEXT];

	calendar_to_rfc3339(exercise->plan.start, moment);
	buffer_reset(&exercise->file);
	buffer_add_format(
		&exercise->file,
		"Invented logs of %u invented contractors, %u days from %.*s, "
		"seed %llu: CODE/SYSTEM.DATE.log; sh enrol makes them known.\n"
		"Planted misconduct: labels.ndjson names each record, "
		"truth.ndjson each violation; see muster-exercise(1).\n",
		exercise->plan.contractor_count, exercise->plan.days, DATE_LENGTH, moment,
		(unsigned long long)exercise->plan.seed);
	return put_list(exercise, "README", err);
}

static int write_all(struct exercise *exercise, struct err *err)
{
	static int (*const lists[])(struct exercise *, struct err *) = {
		write_contractors_csv, write_systems_csv, write_reference, write_enrol,
		write_plants_csv,      write_truth,	  write_readme,
	};
	const struct exercise_options *options = exercise->options;
	struct plan *plan = &exercise->plan;
	int r;

	r = world_contractors(exercise->arena, plan->seed, plan->contractor_count,
			      &plan->contractors, err);
	if (r >= 0)
		r = plan_incidents(plan, exercise->arena, err);
	for (uint32_t i = 0; r >= 0 && i < plan->contractor_count; i++) {
		if (options->progress)
			options->progress(i, plan->contractor_count,
					  plan->contractors[i].code.bytes);
		r = write_contractor(exercise, i, err);
	}
	for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(lists); i++)
		r = lists[i](exercise, err);
	if (r >= 0 && options->progress)
		options->progress(plan->contractor_count, plan->contractor_count, "");
	return r;
}

int exercise_write(const struct exercise_options *options, struct exercise_result *ret,
		   struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(ARENA_LIMIT);
	CLEAN(arena) struct arena *day_arena = arena_new(ARENA_LIMIT);
	CLEAN(truth) struct truth *truth = arena ? truth_new(arena) : NULL;
	CLEAN(reference) struct reference *reference = reference_new();
	CLEAN(fd) int directory = -1;
	struct exercise exercise = {
		.options = options,
		.plan =
			{
				.seed = options->seed,
				.start = options->start,
				.days = options->days,
				.records = options->records,
				.contractor_count = options->contractors,
			},
		.arena = arena,
		.day_arena = day_arena,
		.truth = truth,
		.reference = reference,
	};
	int r;

	if (!arena || !day_arena || !truth || !reference)
		return err_set(err, ERR_MEMORY, "no memory to begin with");
	directory = open_directory(options, err);
	if (directory < 0)
		return directory;
	exercise.directory = directory;
	buffer_init(&exercise.file, FILE_CAP);
	r = write_all(&exercise, err);
	buffer_done(&exercise.file);
	if (r < 0)
		return err_prefix(err, "the exercise in %s is not whole",
				  options->directory);
	*ret = exercise.result;
	return 0;
}
