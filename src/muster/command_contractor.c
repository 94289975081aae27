#include "muster/command.h"
#include "muster/daemon_process.h"
#include "spool/spool.h"

const struct command_option command_contractor_add_options[] = {
	{ "name", 'n', "NAME", COMMAND_REQUIRED, "the contractor's name, as people write it" },
	{ "key", 'k', "FILE", COMMAND_REPEATED,
	  "public key that its deliveries are signed with (not supported yet)" },
	{ "unsigned", 'u', NULL, 0, "take deliveries that are not signed" },
	COMMAND_OPTIONS_END
};
const struct command_option command_contractor_list_options[] = {
	{ "all", 'a', NULL, 0, "closed ones too" },
	COMMAND_OPTIONS_END
};
const struct command_option command_contractor_show_options[] = { COMMAND_OPTIONS_END };
const struct command_option command_contractor_close_options[] = { COMMAND_OPTIONS_END };

#define NAME_LONGEST 200

/* Adding and closing ---------------------------------------------------------------- */

static int name_check(const char *name, struct err *err)
{
	struct text text = text_of(name);
	bool blank = text_trim(text).length == 0;

	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.bytes[i] < ' ' || text.bytes[i] == 127)
			blank = true;
	if (blank || text.length > NAME_LONGEST || text_utf8_valid(text) != text.length)
		return err_set(err, ERR_USAGE,
			       "--name must be 1 to %d bytes of UTF-8 on one line", NAME_LONGEST);
	return 0;
}

static int code_check(const char *code, struct err *err)
{
	if (spool_code_valid(text_of(code)))
		return 0;
	return err_set(err, ERR_USAGE,
		       "\"%s\" is no contractor's code: 1 to 32 capital letters, digits and '-', not beginning with '-'",
		       code);
}

static int spool_make(const struct config *config, const char *code, char *ret_path,
		      size_t size, struct err *err)
{
	CLEAN(spool) struct spool *spool = NULL;
	int r = spool_open(config->instance_directory, &spool, err);

	if (r == 0)
		r = spool_contractor_create(spool, code, err);
	if (r == 0 && !spool_path(spool, code, SPOOL_INCOMING, ret_path, size))
		r = err_set(err, ERR_LIMIT, "the spool's name is too long");
	return r;
}

int command_contractor_add(struct command_run *run, struct err *err)
{
	const char *code = command_argument(run, 0), *name = command_option(run, "name");
	bool is_unsigned = command_has(run, "unsigned");
	const struct config *config;
	struct pg *pg;
	char incoming[4400];
	int r = code_check(code, err);

	if (r == 0)
		r = name_check(name, err);
	if (r == 0 && command_has(run, "key"))
		r = err_set(err, ERR_REFUSED,
			    "signed deliveries are not supported by this version; enrol with --unsigned, or without a key until they are");
	if (r == 0)
		r = command_store(run, STORE_OWNER, &pg, err);
	if (r == 0)
		r = command_config(run, &config, err);
	if (r == 0)
		r = store_contractor_add(pg, code, name, is_unsigned, command_person(run), err);
	if (r == 0)
		r = spool_make(config, code, incoming, sizeof(incoming), err);
	if (r < 0)
		return r;
	daemon_refresh(config->instance_directory);
	if (!is_unsigned)
		command_warn("%s cannot deliver yet: this version takes only unsigned logs, and it was enrolled without --unsigned",
			     code);
	return command_say(run, err, "%s is enrolled and delivers into %s\nNext: muster system add %s/SYSTEM --format FORMAT",
			   code, incoming, code);
}

int command_contractor_close(struct command_run *run, struct err *err)
{
	const char *code = command_argument(run, 0);
	const struct config *config;
	struct pg *pg;
	int r = command_store(run, STORE_OWNER, &pg, err);

	if (r == 0)
		r = command_config(run, &config, err);
	if (r == 0)
		r = store_contractor_close(pg, code, err);
	if (r < 0)
		return r;
	daemon_refresh(config->instance_directory);
	return command_say(run, err, "%s is closed: no delivery is taken any more; what was delivered stays.",
			   code);
}

/* Listing --------------------------------------------------------------------------- */

static const struct report_column columns[] = {
	{ "contractor", "CODE", REPORT_TEXT, 0, 0, "its code" },
	{ "name", "NAME", REPORT_TEXT, 0, 12, "its name" },
	{ "unsigned", "UNSIGNED", REPORT_FLAG, 2, 0, "whether it may deliver without signature" },
	{ "systems", "SYSTEMS", REPORT_NUMBER, 1, 0, "systems whose logs it delivers" },
	{ "active", "OPEN", REPORT_FLAG, 1, 0, "whether deliveries are taken" },
	{ "created_at", "ENROLLED", REPORT_MOMENT, 3, 0, "when it was enrolled" },
	{ "created_by", "BY", REPORT_TEXT, 4, 8, "account that enrolled it" },
};
const struct report_table command_contractor_table = { columns, ARRAY_LENGTH(columns) };

struct listing {
	struct report *report;
	bool all;
};

static int row_show(void *context, const struct store_contractor *row, struct err *err)
{
	struct listing *listing = context;
	const struct report_value values[] = {
		report_string(row->code),      report_string(row->name),
		report_flag(row->is_unsigned), report_number(row->systems),
		report_flag(row->active),      report_moment(row->created),
		report_string(row->created_by),
	};

	if (!row->active && !listing->all)
		return 0;
	return report_row(listing->report, values, err);
}

static int list(struct command_run *run, const char *code, bool all, const char *nothing,
		struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_contractor_table);
	struct listing listing = { report, all };
	struct pg *pg;
	int r;

	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_contractors(pg, code, row_show, &listing, err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && report_row_count(report) == 0)
		return err_set(err, ERR_NEGATIVE, "%s", nothing);
	return r;
}

int command_contractor_list(struct command_run *run, struct err *err)
{
	return list(run, NULL, command_has(run, "all"), "no contractor is enrolled", err);
}

int command_contractor_show(struct command_run *run, struct err *err)
{
	return list(run, command_argument(run, 0), true, "there is no such contractor", err);
}
