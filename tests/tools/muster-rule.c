/* The commands about rules alone, on a small frame of its own: muster-rule check FILE... */
#include "muster/command_rule.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define OPTIONS_LIMIT 64

struct command_run {
	struct { const char *name, *value; } options[OPTIONS_LIMIT];
	size_t option_count;
	char **arguments;
	size_t argument_count;
	enum report_format format;
};

const char *command_option_at(const struct command_run *run, const char *name, size_t index)
{
	for (size_t i = 0; i < run->option_count; i++)
		if (strcmp(run->options[i].name, name) == 0 && index-- == 0)
			return run->options[i].value;
	return NULL;
}

const char *command_option(const struct command_run *run, const char *name)
{
	const char *last = NULL;
	for (size_t i = 0; command_option_at(run, name, i); i++)
		last = command_option_at(run, name, i);
	return last;
}

bool command_has(const struct command_run *run, const char *name)
{
	return command_option(run, name) != NULL;
}

size_t command_arguments(const struct command_run *run)
{
	return run->argument_count;
}

const char *command_argument(const struct command_run *run, size_t index)
{
	return index < run->argument_count ? run->arguments[index] : NULL;
}

enum report_format command_format(const struct command_run *run)
{
	return run->format;
}

int64_t command_now(const struct command_run *run UNUSED)
{
	return (int64_t)time(NULL) * MICROSECONDS;
}

int command_write(struct command_run *run UNUSED, struct text piece, struct err *err)
{
	if (fwrite(piece.bytes, 1, piece.length, stdout) != piece.length)
		return err_system(err, "standard output");
	return 0;
}

static int sink_write(void *context, struct text piece, struct err *err)
{
	return command_write(context, piece, err);
}

struct report *command_report(struct command_run *run, const struct report_table *table)
{
	return report_begin(table, run->format, 0, (struct report_sink){ sink_write, run });
}

void command_warn(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	fputs("muster: warning: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
}

static bool parse(struct command_run *run, const struct command_option *options, int argc,
		  char **argv)
{
	struct option longs[OPTIONS_LIMIT] = { { "format", required_argument, NULL, 0 } };
	int which, result, n = 1;
	for (; options[n - 1].name; n++)
		longs[n] = (struct option){ options[n - 1].name,
					    options[n - 1].argument ? required_argument
								    : no_argument,
					    NULL, 0 };
	while ((result = getopt_long(argc, argv, "", longs, &which)) != -1) {
		if (result != 0 || run->option_count == OPTIONS_LIMIT)
			return false;
		run->options[run->option_count].name = longs[which].name;
		run->options[run->option_count++].value = optarg ? optarg : "";
		if (which == 0 && !report_format_from_name(text_of(optarg), &run->format))
			return false;
	}
	run->arguments = argv + optind;
	run->argument_count = (size_t)(argc - optind);
	return run->argument_count > 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const struct command_option *options;
		int (*function)(struct command_run *run, struct err *err);
	} commands[] = {
		{ "check", command_rule_check_options, command_rule_check },
		{ "test", command_rule_test_options, command_rule_test },
		{ "explain", command_rule_explain_options, command_rule_explain },
	};
	struct command_run run = { .format = REPORT_AS_TEXT };
	struct err err = { .code = ERR_NONE };
	for (size_t i = 0; argc > 1 && i < ARRAY_LENGTH(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		if (!parse(&run, commands[i].options, argc - 1, argv + 1))
			break;
		if (commands[i].function(&run, &err) >= 0)
			return 0;
		if (err.code != ERR_NEGATIVE)
			fprintf(stderr, "muster: %s\n", err.text);
		return err_exit_status(err.code);
	}
	fprintf(stderr, "usage: muster-rule check|test|explain [OPTION]... FILE...\n");
	return err_exit_status(ERR_USAGE);
}
