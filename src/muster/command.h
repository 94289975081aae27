/*
 * The frame of muster's commands. A command is a row in commands.def, a
 * table of options and a function; what is parsed, `muster help`, the
 * completion and the manual pages come from these.
 *
 *	const struct command_option command_queue_options[] = {
 *		{ "contractor", 0, "CODE", 0, "only violations of this contractor" },
 *		{ "all", 'a', NULL, 0, "closed ones too" },
 *		COMMAND_OPTIONS_END
 *	};
 *	int command_queue(struct command_run *run, struct err *err) { … }
 */
#ifndef MUSTER_COMMAND_H
#define MUSTER_COMMAND_H

#include "base/base.h"
#include "config/config.h"
#include "pg/pg.h"
#include "report/report.h"
#include "store/store.h"

enum command_option_flag {
	COMMAND_REQUIRED = 1,      /* the command is refused without it */
	COMMAND_REPEATED = 2,      /* may be given more than once */
};

struct command_option {
	const char *name;          /* without "--"; NULL ends the table */
	char letter;               /* or 0 */
	const char *argument;      /* "CODE"; NULL: a switch */
	unsigned flags;            /* enum command_option_flag */
	const char *meaning;       /* half a sentence */
};
#define COMMAND_OPTIONS_END { NULL, 0, NULL, 0, NULL }

struct command_run;

struct command {
	const char *name;          /* "queue", "contractor add" */
	const char *group;         /* heading in help */
	const char *arguments;     /* "CODE", "[FILE]...", "" */
	unsigned least, most;      /* how many of them; COMMAND_ANY: no limit */
	const char *summary;
	const struct command_option *options;
	int (*function)(struct command_run *run, struct err *err);
};
#define COMMAND_ANY 100000u

#define COMMAND(identifier, name, group, arguments, least, most, summary)                \
	extern const struct command_option command_##identifier##_options[];              \
	int command_##identifier(struct command_run *run, struct err *err);
#include "muster/commands.def"
#undef COMMAND

#define TABLE(identifier, name) extern const struct report_table command_##identifier##_table;
#include "muster/tables.def"
#undef TABLE

/* All commands, in the order of commands.def. */
const struct command *command_list(size_t *ret_count);
/* Every command takes these too. */
extern const struct command_option command_global_options[];

/* What was asked for -------------------------------------------------------- */

/* The value of an option ("" for a switch), the last if it was repeated; NULL: not given. */
const char *command_option(const struct command_run *run, const char *name);
bool command_has(const struct command_run *run, const char *name);
/* All values of a repeated option, one by one; NULL after the last. */
const char *command_option_at(const struct command_run *run, const char *name, size_t index);
/* The option as a number, a moment (RFC 3339 or YYYY-MM-DD), a length of time
 * ("15m"; seconds). 1 given, 0 not given, negative ERR_USAGE. */
int command_option_number(const struct command_run *run, const char *name, int64_t least,
			  int64_t most, int64_t *ret_number, struct err *err) MUST_CHECK;
int command_option_moment(const struct command_run *run, const char *name,
			  int64_t *ret_moment, struct err *err) MUST_CHECK;
int command_option_duration(const struct command_run *run, const char *name,
			    int64_t *ret_seconds, struct err *err) MUST_CHECK;
size_t command_arguments(const struct command_run *run);
/* NULL where there are fewer. */
const char *command_argument(const struct command_run *run, size_t index);
enum report_format command_format(const struct command_run *run);
/* Memory that lives as long as the command runs. */
struct arena *command_arena(struct command_run *run);
/* Now, the same during the whole command. */
int64_t command_now(const struct command_run *run);
/* Name of the account that runs the command, for the record. */
const char *command_person(struct command_run *run);

/* The instance ----------------------------------------------------------------- */

/* muster.conf, read once: -c FILE, else MUSTER_CONFIG. */
int command_config(struct command_run *run, const struct config **ret_config,
		   struct err *err) MUST_CHECK;
/*
 * The database, as role; starts a private server that does not run. The
 * connection belongs to the run. As OFFICER and AUDITOR it is the person's
 * own where --as or MUSTER_USER names one, or the account's name is one's.
 */
int command_store(struct command_run *run, enum store_role role, struct pg **ret_pg,
		  struct err *err) MUST_CHECK;

/*
 * The database as the person who acts: --as, else MUSTER_USER, else the name
 * of the account that runs the command. ret_name may be NULL.
 */
int command_store_person(struct command_run *run, struct pg **ret_pg, const char **ret_name,
			 struct err *err) MUST_CHECK;
/* The connection of command_store() is a person's own. */
bool command_is_person(const struct command_run *run);

/* Output -------------------------------------------------------------------------- */

/*
 * Standard output, paged where it is a terminal and the format is text. The
 * pager is started by the first bytes and ended when the command is done.
 * A reader that has gone away ends the command quietly.
 */
int command_write(struct command_run *run, struct text piece, struct err *err) MUST_CHECK;
int command_print(struct command_run *run, struct err *err, const char *format, ...)
	PRINTF_LIKE(3, 4) MUST_CHECK;
/* For room report. */
struct report_sink command_sink(struct command_run *run);
/* Columns of the terminal; 0 where standard output is none. */
unsigned command_width(const struct command_run *run);
/* A terminal, and NO_COLOR is not set. */
bool command_colour(const struct command_run *run);
/* Begin a table in the format that was asked for; see report_row, report_end. */
struct report *command_report(struct command_run *run, const struct report_table *table)
	MUST_CHECK;
/*
 * Words to the person who asked, on standard output, in text format only
 * ("contractor ACME is enrolled"); nothing in csv and json.
 */
int command_say(struct command_run *run, struct err *err, const char *format, ...)
	PRINTF_LIKE(3, 4) MUST_CHECK;
/* On standard error: "muster: warning: …". */
void command_warn(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
