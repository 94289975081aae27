#include "decode/decode.h"
#include "muster/command.h"
#include "muster/daemon_process.h"
#include "muster/time_zone.h"

const struct command_option command_system_add_options[] = {
	{ "format", 'f', "FORMAT", COMMAND_REQUIRED, "how its logs are written; see muster-formats(7)" },
	{ "every", 'e', "TIME", 0, "how often a log is expected, such as 1h; without it, whenever" },
	{ "timezone", 't', "ZONE", 0,
	  "zone of times that are written without one, such as Europe/Berlin; without it, UTC" },
	COMMAND_OPTIONS_END
};
const struct command_option command_system_list_options[] = {
	{ "all", 'a', NULL, 0, "closed ones too" },
	COMMAND_OPTIONS_END
};
const struct command_option command_system_close_options[] = { COMMAND_OPTIONS_END };

/* Adding and closing ---------------------------------------------------------------- */

/* "CODE/SYSTEM" in two; the parts live as long as the run. */
static int name_split(struct command_run *run, const char *both, const char **ret_code,
		      const char **ret_name, struct err *err)
{
	struct text name = text_of(both);
	struct text code = text_split(&name, '/');
	bool valid = name.length > 0 && name.length <= 63 && is_alnum(name.bytes[0]) &&
		     code.length > 0;

	for (size_t i = 0; valid && i < name.length; i++)
		valid = is_alnum(name.bytes[i]) || name.bytes[i] == '_' || name.bytes[i] == '-';
	if (!valid)
		return err_set(err, ERR_USAGE,
			       "\"%s\" is no CODE/SYSTEM: a system's name is 1 to 63 letters, digits, '_' and '-', beginning with a letter or digit",
			       both);
	*ret_code = arena_text(command_arena(run), code).bytes;
	*ret_name = arena_text(command_arena(run), name).bytes;
	return *ret_code && *ret_name ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static int format_check(const char *name, struct err *err)
{
	CLEAN(buffer) struct buffer known = { 0 };

	if (decode_format_find(text_of(name)))
		return 0;
	buffer_init(&known, 4096);
	for (const struct decode_format *f = decode_formats(); f->name; f++)
		buffer_add_format(&known, "%s%s", known.length ? ", " : "", f->name);
	return err_set(err, ERR_USAGE, "there is no format \"%s\"; known are: %s", name,
		       known.data ? known.data : "");
}

int command_system_add(struct command_run *run, struct err *err)
{
	CLEAN(buffer) struct buffer zone;
	const char *zone_name = command_option(run, "timezone");
	struct store_system system = {
		.format = command_option(run, "format"),
		.timezone = zone_name ? zone_name : "UTC",
	};
	const struct config *config;
	struct pg *pg;
	int r = name_split(run, command_argument(run, 0), &system.contractor, &system.name, err);

	buffer_init(&zone, 4 * STORE_ZONE_LARGEST);
	if (r == 0)
		r = format_check(system.format, err);
	if (r == 0)
		r = command_option_duration(run, "every", &system.every, err);
	if (r >= 0)
		r = time_zone_read(system.timezone, &zone, err);
	if (r == 0)
		r = command_store(run, STORE_OWNER, &pg, err);
	if (r == 0)
		r = command_config(run, &config, err);
	system.zone = buffer_text(&zone);
	if (r == 0)
		r = store_system_add(pg, &system, command_person(run), err);
	if (r < 0)
		return r;
	daemon_refresh(config->instance_directory);
	return command_say(run, err, "%s/%s is enrolled: its logs are files named %s.ANYTHING, of format %s",
			   system.contractor, system.name, system.name, system.format);
}

int command_system_close(struct command_run *run, struct err *err)
{
	const char *code, *name;
	const struct config *config;
	struct pg *pg;
	int r = name_split(run, command_argument(run, 0), &code, &name, err);

	if (r == 0)
		r = command_store(run, STORE_OWNER, &pg, err);
	if (r == 0)
		r = command_config(run, &config, err);
	if (r == 0)
		r = store_system_close(pg, code, name, err);
	if (r < 0)
		return r;
	daemon_refresh(config->instance_directory);
	return command_say(run, err, "%s/%s is closed: no delivery is taken any more; what was delivered stays.",
			   code, name);
}

/* Listing --------------------------------------------------------------------------- */

static const struct report_column columns[] = {
	{ "contractor", "CODE", REPORT_TEXT, 0, 0, "the contractor's code" },
	{ "system", "SYSTEM", REPORT_TEXT, 0, 12, "the system's name" },
	{ "format", "FORMAT", REPORT_TEXT, 0, 0, "how its logs are written" },
	{ "every_seconds", "EVERY (S)", REPORT_NUMBER, 2, 0, "seconds between two logs, as agreed" },
	{ "timezone", "ZONE", REPORT_TEXT, 2, 0, "zone of times that are written without one" },
	{ "active", "OPEN", REPORT_FLAG, 1, 0, "whether deliveries are taken" },
	{ "last_delivery", "LAST DELIVERY", REPORT_MOMENT, 1, 0, "when something last came" },
	{ "created_at", "ENROLLED", REPORT_MOMENT, 3, 0, "when it was enrolled" },
	{ "created_by", "BY", REPORT_TEXT, 4, 8, "account that enrolled it" },
};
const struct report_table command_system_table = { columns, ARRAY_LENGTH(columns) };

struct listing {
	struct report *report;
	bool all;
};

static int row_show(void *context, const struct store_system *row, struct err *err)
{
	struct listing *listing = context;
	const struct report_value values[] = {
		report_string(row->contractor),
		report_string(row->name),
		report_string(row->format),
		row->every ? report_number(row->every) : report_none(),
		report_string(row->timezone),
		report_flag(row->active),
		report_moment(row->last_delivery),
		report_moment(row->created),
		report_string(row->created_by),
	};

	if (!row->active && !listing->all)
		return 0;
	return report_row(listing->report, values, err);
}

int command_system_list(struct command_run *run, struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_system_table);
	struct listing listing = { report, command_has(run, "all") };
	struct pg *pg;
	int r;

	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_systems(pg, command_argument(run, 0), row_show, &listing, err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && report_row_count(report) == 0)
		return err_set(err, ERR_NEGATIVE, "no system is enrolled");
	return r;
}
