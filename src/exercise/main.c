/* muster-exercise: the command line. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <unistd.h>

#include "exercise/exercise.h"
#include "exercise/stream.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define PROGRAM "muster-exercise"
#define DAYS_MAX 3660
#define RECORDS_MAX 100000000
#define STREAM_RECORDS_MAX 8000000000 /* identities have ten digits */
#define MILLION 1000000

enum option_identifier {
#define OPTION(identifier, letter, name, argument, directory, stream, meaning)           \
	OPTION_##identifier = letter,
#include "exercise/options.def"
#undef OPTION
};

static const struct {
	int letter;
	const char *name, *argument;
	bool directory, stream;
	const char *meaning;
} options[] = {
#define OPTION(identifier, letter, name, argument, directory, stream, meaning)           \
	{letter, name, argument, directory, stream, meaning},
#include "exercise/options.def"
#undef OPTION
};

struct command_line {
	bool is_stream;
	struct exercise_options exercise;
	struct stream_options stream;
	const char *labels;
};

static void show_options(bool is_stream)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
		char left[32];

		if (is_stream ? !options[i].stream : !options[i].directory)
			continue;
		snprintf(left, sizeof(left), "-%c, --%s%s%s", options[i].letter,
			 options[i].name, options[i].argument ? " " : "",
			 options[i].argument ? options[i].argument : "");
		printf("  %-24s %s\n", left, options[i].meaning);
	}
}

static int show_help(void)
{
	puts("usage: " PROGRAM " [options] DIR\n"
	     "       " PROGRAM " stream [options] >FILE\n"
	     "\n"
	     "Invents the logs of defence contractors, with misconduct planted among\n"
	     "ordinary work, and says what is planted where.\n"
	     "\n"
	     "An exercise in DIR:");
	show_options(false);
	puts("\nOne long log on standard output, for measuring:");
	show_options(true);
	return 0;
}

static int usage(struct err *err)
{
	fprintf(stderr, PROGRAM ": %s\nTry '" PROGRAM " --help'.\n", err->text);
	return err_exit_status(ERR_USAGE);
}

static int read_number(const char *option, const char *argument, uint64_t minimum,
		       uint64_t maximum, uint64_t *ret, struct err *err)
{
	if (text_to_u64(text_of(argument), ret) && *ret >= minimum && *ret <= maximum)
		return 0;
	return err_set(err, ERR_USAGE, "--%s takes a number from %llu to %llu, not '%s'",
		       option, (unsigned long long)minimum, (unsigned long long)maximum,
		       argument);
}

static int read_start(const char *argument, int64_t *ret, struct err *err)
{
	char moment[CALENDAR_TEXT];

	snprintf(moment, sizeof(moment), "%.10sT00:00:00Z", argument);
	if (strlen(argument) == 10 && argument[0] >= '1' &&
	    calendar_from_rfc3339(text_of(moment), ret) && *ret >= 0)
		return 0;
	return err_set(err, ERR_USAGE,
		       "--start takes a day from 1970 on as YYYY-MM-DD, not '%s'",
		       argument);
}

static int read_option(struct command_line *line, int letter, const char *argument,
		       struct err *err)
{
	uint64_t number = 0;
	int r = 0;

	switch ((enum option_identifier)letter) {
	case OPTION_SEED:
		r = read_number("seed", argument, 0, UINT64_MAX, &number, err);
		line->exercise.seed = line->stream.seed = number;
		return r;
	case OPTION_START:
		r = read_start(argument, &line->exercise.start, err);
		line->stream.start = line->exercise.start;
		return r;
	case OPTION_DAYS:
		r = read_number("days", argument, 1, DAYS_MAX, &number, err);
		line->exercise.days = line->stream.days = (uint32_t)number;
		return r;
	case OPTION_RECORDS:
		return read_number("records", argument, 0,
				   line->is_stream ? STREAM_RECORDS_MAX : RECORDS_MAX,
				   line->is_stream ? &line->stream.records
						   : &line->exercise.records,
				   err);
	case OPTION_CONTRACTORS:
		r = read_number("contractors", argument, 1, WORLD_CONTRACTORS_MAX,
				&number, err);
		line->exercise.contractors = (uint32_t)number;
		return r;
	case OPTION_FORCE:
		line->exercise.force = true;
		return 0;
	case OPTION_FORMAT:
		if (format_from_name(text_of(argument), &line->stream.format))
			return 0;
		return err_set(err, ERR_USAGE,
			       "--format takes ndjson, auditd or syslog, not '%s'",
			       argument);
	case OPTION_MISCONDUCT:
		r = read_number("misconduct", argument, 0, MILLION, &number, err);
		line->stream.misconduct = (uint32_t)number;
		return r;
	case OPTION_LABELS:
		line->labels = argument;
		return 0;
	case OPTION_HELP:
	case OPTION_VERSION:
		break;
	}
	return 0;
}

static bool option_fits(int letter, bool is_stream, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
		if (options[i].letter != letter)
			continue;
		if (is_stream ? options[i].stream : options[i].directory)
			return true;
		err_set(err, ERR_USAGE, "--%s is %s a stream", options[i].name,
			is_stream ? "not for" : "only for");
	}
	return false;
}

static void show_progress(uint32_t done, uint32_t of, const char *what)
{
	fprintf(stderr, "\r\033[K%u of %u contractors %s%s", done, of, what,
		done == of ? "\n" : "");
}

static void show_stream_progress(uint64_t done, uint64_t of)
{
	fprintf(stderr, "\r\033[K%llu of %llu records%s", (unsigned long long)done,
		(unsigned long long)of, done == of ? "\n" : "");
}

static int fail(const struct err *err)
{
	fprintf(stderr, PROGRAM ": %s\n", err->text);
	return err_exit_status(err->code);
}

static int run_exercise(const struct command_line *line)
{
	struct exercise_result result;
	struct err err = {0};

	if (exercise_write(&line->exercise, &result, &err) < 0)
		return fail(&err);
	printf("%s: %llu records, %llu bytes, %u files\n", line->exercise.directory,
	       (unsigned long long)result.records, (unsigned long long)result.bytes,
	       result.files);
	return 0;
}

static int run_stream(struct command_line *line)
{
	CLEAN(fd) int labels = -1;
	struct err err = {0};
	uint64_t planted;

	if (isatty(STDOUT_FILENO)) {
		err_set(&err, ERR_USAGE,
			"a stream is not for a terminal: send it to a file or pipe");
		return usage(&err);
	}
	if (line->labels) {
		labels = open(line->labels, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			      0644);
		if (labels < 0) {
			err_system(&err, "cannot create %s", line->labels);
			return fail(&err);
		}
	}
	line->stream.labels = labels;
	if (stream_write(&line->stream, STDOUT_FILENO, &planted, &err) < 0)
		return fail(&err);
	return 0;
}

static void prepare_getopt(struct option *ret_long, char *ret_short)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
		ret_long[i] = (struct option){
			.name = options[i].name,
			.has_arg = options[i].argument ? required_argument : no_argument,
			.val = options[i].letter,
		};
		*ret_short++ = (char)options[i].letter;
		if (options[i].argument)
			*ret_short++ = ':';
	}
	*ret_short = '\0';
}

int main(int argc, char **argv)
{
	struct option long_options[ARRAY_LENGTH(options) + 1] = {0};
	char short_options[2 * ARRAY_LENGTH(options) + 1];
	struct err err = {0};
	struct command_line line = {
		.is_stream = argc > 1 && strcmp(argv[1], "stream") == 0,
		.exercise = {.seed = 1, .days = 30, .contractors = 6, .records = 60000},
		.stream = {.seed = 1, .days = 30, .records = 1000000, .misconduct = 200},
	};
	int letter;

	signal(SIGPIPE, SIG_IGN);
	prepare_getopt(long_options, short_options);
	line.exercise.start = calendar_days(2026, 10, 1) * 86400 * MICROSECONDS;
	line.stream.start = line.exercise.start;
	if (line.is_stream) {
		argv++;
		argc--;
	}
	argv[0] = (char[]){PROGRAM};
	while ((letter = getopt_long(argc, argv, short_options, long_options, NULL)) !=
	       -1) {
		if (letter == '?') {
			fputs("Try '" PROGRAM " --help'.\n", stderr);
			return err_exit_status(ERR_USAGE);
		}
		if (letter == OPTION_HELP)
			return show_help();
		if (letter == OPTION_VERSION) {
			puts(PROGRAM " " PACKAGE_VERSION);
			return 0;
		}
		if (!option_fits(letter, line.is_stream, &err) ||
		    read_option(&line, letter, optarg, &err) < 0)
			return usage(&err);
	}
	if (isatty(STDERR_FILENO)) {
		line.exercise.progress = show_progress;
		line.stream.progress = show_stream_progress;
	}
	if (argc - optind != (line.is_stream ? 0 : 1)) {
		err_set(&err, ERR_USAGE,
			line.is_stream ? "a stream takes no directory"
				       : "one directory is needed");
		return usage(&err);
	}
	line.exercise.directory = argv[optind];
	return line.is_stream ? run_stream(&line) : run_exercise(&line);
}
