/* One run of muster: what was asked for, and what that has opened. */
#ifndef MUSTER_RUN_H
#define MUSTER_RUN_H

#include <sys/types.h>

#include "muster/command.h"

struct command_given {
	const struct command_option *option;
	const char *value;
};

#define COMMAND_GIVEN_MOST 256u

struct command_run {
	const struct command *command;
	struct command_given given[COMMAND_GIVEN_MOST];
	size_t given_count;
	const char **arguments;        /* in the arena */
	size_t argument_count;
	enum report_format format;

	struct arena *arena;
	int64_t now;
	struct config config;
	bool config_read;
	struct pg *pg;
	bool is_person;                /* it is a person's connection */

	struct buffer output;          /* not written yet */
	int output_fd;                 /* of the pager, or 1 */
	pid_t pager;                   /* 0: none */
	bool reader_gone;              /* EPIPE: nobody reads on */
};

/*
 * Understand a command line. The strings of argv are kept. ERR_USAGE says
 * what is wrong with it.
 */
int command_line_parse(struct command_run *run, int argc, char **argv, struct err *err)
	MUST_CHECK;

int command_run_init(struct command_run *run, struct err *err) MUST_CHECK;
/* Write what is left, wait for the pager. */
int command_run_finish(struct command_run *run, struct err *err) MUST_CHECK;
void command_run_done(struct command_run *run);

/* The command of that name ("contractor add"), or NULL. */
const struct command *command_find(struct text name);
/* Is it the first of two words of some commands? */
bool command_is_group(struct text word);
/* A command's own option of that name takes the place of a global one. */
bool command_option_is_own(const struct command *command, const char *name);
/* The command "help" without arguments, "version": for --help and --version. */
int command_help_about(struct command_run *run, const struct command *command,
		       struct err *err) MUST_CHECK;

/* "[--unsigned] --name NAME CODE" for help, manual pages and usage errors. */
void command_synopsis(const struct command *command, struct buffer *out);

/* Heading of a group of commands; groups are in the order of groups.def. */
extern const char *const command_groups[];
extern const size_t command_group_count;

#endif
