#include "exercise/sheet.h"
#include "exercise/random.h"

#define ENRICHED_BYTE '\x1d'

static const char *const places[] = {
	"B1-104", "B1-210", "B2-002", "B2-114", "B3-hall",
};
static const char *const places_elsewhere[] = {
	"airport lounge", "hotel lobby", "train", "trade fair stand", "private home",
};
static const char *const partners[] = {
	"programme-office.example",
	"prime-integrator.example",
	"depot.example",
	"test-range.example",
};
static const char *const strangers[] = {
	"drop.example.net",
	"personal-mail.example.org",
	"freelancer.example.com",
};
static const char *const cafes[] = {"harbour-cafe", "airport-free", "station-guest"};
/* None of them a shell. */
static const char *const commands[] = {
	"/usr/bin/systemctl reload ssh", "/usr/bin/apt update",
	"/usr/bin/journalctl -u cron",	 "/usr/bin/df -h",
	"/usr/sbin/nft list ruleset",	 "/usr/bin/lsblk",
};
static const char *const software[] = {"torrent-client", "remote-desk", "media-player",
				       "game-pack"};
static const char *const tools[] = {"meshcheck", "buildbench", "plotter", "simrun"};
static const char *const generic_accounts[] = {"guest", "anonymous", "nobody", "test",
					       "admin"};
#define DAY (86400 * MICROSECONDS)
#define BRIEFING_DAYS 300
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void digits_write(char *to, uint64_t number, uint32_t width)
{
	while (width--) {
		to[width] = (char)('0' + number % 10);
		number /= 10;
	}
}

void moment_write(char to[MOMENT_WIDTH], int64_t time)
{
	struct civil civil = calendar_civil(time);

	memcpy(to, "0000-00-00T00:00:00.000000", MOMENT_WIDTH);
	digits_write(to, (uint64_t)civil.year, 4);
	digits_write(to + 5, (uint64_t)civil.month, 2);
	digits_write(to + 8, (uint64_t)civil.day, 2);
	digits_write(to + 11, (uint64_t)civil.hour, 2);
	digits_write(to + 14, (uint64_t)civil.minute, 2);
	digits_write(to + 17, (uint64_t)civil.second, 2);
	digits_write(to + 20, (uint64_t)civil.microsecond, 6);
}

static void add(struct sheet *sheet, const char *string)
{
	buffer_add_string(sheet->out, string);
}

static void add_number(struct sheet *sheet, uint64_t number)
{
	buffer_add_format(sheet->out, "%llu", (unsigned long long)number);
}

/* The last width bytes written are of that kind. */
static void mark(struct sheet *sheet, enum mark_kind kind, size_t width)
{
	if (sheet->mark_count == SHEET_MARKS || sheet->out->failed)
		return;
	sheet->marks[sheet->mark_count++] = (struct mark){
		.offset = (uint32_t)(sheet->out->length - sheet->start - width),
		.width = (uint16_t)width,
		.kind = (uint16_t)kind,
	};
}

static void add_moment(struct sheet *sheet, int64_t time)
{
	char digits[MOMENT_WIDTH];

	moment_write(digits, time);
	buffer_add(sheet->out, digits, sizeof(digits));
	mark(sheet, MARK_TIME, sizeof(digits));
}

static void add_number_marked(struct sheet *sheet, enum mark_kind kind, uint64_t number)
{
	size_t before = sheet->out->length;

	add_number(sheet, number);
	mark(sheet, kind, sheet->out->length - before);
}

/* What is chosen. The order is part of every exercise: add at the end. */
enum purpose {
	PURPOSE_ASSET = 1,
	PURPOSE_GENERIC,
	PURPOSE_SERVER,
	PURPOSE_PID,
	PURPOSE_COLLEAGUE,
	PURPOSE_OUTSIDE,
	PURPOSE_PORT,
	PURPOSE_GATE,
	PURPOSE_PRINTER,
	PURPOSE_SIZE,
	PURPOSE_BYTES,
	PURPOSE_SESSION,
	PURPOSE_SES,
	PURPOSE_PARENT,
	PURPOSE_INODE,
	PURPOSE_HEX,
	PURPOSE_SMALL,
	PURPOSE_MEDIUM,
	PURPOSE_TICKET,
	PURPOSE_CAFE,
	PURPOSE_COMMAND,
	PURPOSE_ELSEWHERE,
	PURPOSE_PARTNER,
	PURPOSE_PLACE,
	PURPOSE_SOFTWARE,
	PURPOSE_STRANGER,
	PURPOSE_TOOL,
};

/* The same for the same purpose throughout an occurrence. */
static uint32_t choose(const struct occurrence *occurrence, enum purpose purpose,
		       uint32_t bound)
{
	return random_scale(random_mix(occurrence->seed ^ random_mix((uint64_t)purpose)),
			    bound);
}

static uint32_t pick(const struct sheet *sheet, enum purpose purpose, uint32_t bound)
{
	return choose(sheet->occurrence, purpose, bound);
}

#define ADD_ONE_OF(sheet, purpose, list)                                                 \
	add(sheet, (list)[pick(sheet, purpose, (uint32_t)ARRAY_LENGTH(list))])

static const struct person *person(const struct sheet *sheet)
{
	return &sheet->contractor->people[sheet->occurrence->person];
}

static const char *generic_account(const struct occurrence *occurrence)
{
	return generic_accounts[choose(occurrence, PURPOSE_GENERIC,
				       (uint32_t)ARRAY_LENGTH(generic_accounts))];
}

static void write_actor(struct sheet *sheet)
{
	buffer_add_text(sheet->out, person(sheet)->account);
}

static void write_auid(struct sheet *sheet)
{
	add_number(sheet, person(sheet)->uid);
}

static void write_badge(struct sheet *sheet)
{
	buffer_add_text(sheet->out, person(sheet)->badge);
}

static void write_colleague(struct sheet *sheet)
{
	uint32_t count = sheet->contractor->person_count;
	uint32_t other = (sheet->occurrence->person + 1 +
			  pick(sheet, PURPOSE_COLLEAGUE, count - 1)) %
			 count;

	buffer_add_text(sheet->out, sheet->contractor->people[other].account);
}

static void write_generic(struct sheet *sheet)
{
	add(sheet, generic_account(sheet->occurrence));
}

static void write_site(struct sheet *sheet)
{
	add_number(sheet, 20 + sheet->contractor->number % 200);
}

static void write_address(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "10.%u.%u.%u", 20 + sheet->contractor->number % 200,
			  1 + sheet->occurrence->person / 200,
			  10 + sheet->occurrence->person % 200);
}

/* Of the networks set aside for examples (RFC 5737). */
static void write_outside(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "203.0.113.%u",
			  1 + pick(sheet, PURPOSE_OUTSIDE, 250));
}

static void write_port(struct sheet *sheet)
{
	add_number(sheet, 32768 + pick(sheet, PURPOSE_PORT, 28000));
}

static void write_prefix(struct sheet *sheet)
{
	buffer_add_text(sheet->out, sheet->contractor->prefix);
}

static void write_folder(struct sheet *sheet)
{
	buffer_add_text(sheet->out, sheet->contractor->folder);
}

static void write_workstation(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "%.*s-ws%03u",
			  TEXT_PRINT(sheet->contractor->prefix),
			  1 + sheet->occurrence->person);
}

static void write_server(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "%.*s-fs%02u",
			  TEXT_PRINT(sheet->contractor->prefix),
			  1 + pick(sheet, PURPOSE_SERVER, 3));
}

static void write_gate(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "%.*s-gate%u",
			  TEXT_PRINT(sheet->contractor->prefix),
			  1 + pick(sheet, PURPOSE_GATE, 4));
}

static void write_printer(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "%.*s-pr%u", TEXT_PRINT(sheet->contractor->prefix),
			  1 + pick(sheet, PURPOSE_PRINTER, 6));
}

/* What $a to $z stand for, by the incident's number. */
static void write_letter(struct sheet *sheet, char letter)
{
	static const struct {
		const char *letters, *format;
	} names[] = {
		{"de", "%.*s%u%c.partner.example"}, {"hk", "%.*s-lab%u%c"},
		{"ln", "%.*s-room-%u%c"},	    {"mo", "%.*s-stick-%u%c"},
		{"pq", "%.*s-study-%u%c"},	    {"rst", "%.*s-%u-%c"},
		{"v", "%.*s-s%u%c"},		    {"wxyz", "/srv/%.*s-study/%u/part-%c"},
	};
	const struct incident *incident = sheet->occurrence->incident;
	const struct contractor *c = sheet->contractor;
	uint32_t number = incident ? incident->number : 0;

	if (letter >= 'a' && letter < 'a' + PLANT_CAST) {
		uint32_t who = (incident ? incident->cast : 0) + (uint32_t)(letter - 'a');

		buffer_add_text(sheet->out, c->people[who].account);
	} else if (letter == 'i' || letter == 'j') {
		buffer_add_format(sheet->out, "2001:db8::%x:%c", number,
				  letter == 'i' ? '1' : '2');
	}
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		if (strchr(names[i].letters, letter))
			buffer_add_format(sheet->out, names[i].format,
					  TEXT_PRINT(c->prefix), number, letter);
	}
}

static void write_nth(struct sheet *sheet)
{
	add_number(sheet, sheet->occurrence->nth);
}

static void write_asset(struct sheet *sheet)
{
	if (sheet->asset)
		buffer_add_text(sheet->out, sheet->asset->path);
}

static void write_asset_level(struct sheet *sheet)
{
	if (sheet->asset)
		add(sheet, sheet->asset->marking[0] == 'C'   ? "cui"
			   : sheet->asset->marking[0] == 'S' ? "secret"
							     : "unclassified");
}

static void write_asset_export(struct sheet *sheet)
{
	if (sheet->asset)
		add(sheet, strstr(sheet->asset->marking, "EXPT") ? "yes" : "no");
}

static void write_shift(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "%02u:00", person(sheet)->shift);
}

static void write_shift_end(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "%02u:00",
			  (person(sheet)->shift + WORLD_SHIFT_HOURS) % 24);
}

static void write_zone(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "%d", sheet->contractor->zone_minutes);
}

/* One a year is asked for. */
static void write_briefings(struct sheet *sheet)
{
	char day[CALENDAR_TEXT];

	for (int i = 0; i < 2 + (int)sheet->contractor->days / BRIEFING_DAYS; i++) {
		int64_t time = sheet->occurrence->time +
			       (BRIEFING_DAYS * i - BRIEFING_DAYS / 2) * DAY;

		calendar_to_rfc3339(time, day);
		buffer_add_format(sheet->out, "%srefresher=%.10s;insider-threat=%.10s",
				  i ? ";" : "", day, day);
	}
}

static const struct asset *cui_asset(const struct sheet *sheet)
{
	const struct contractor *c = sheet->contractor;

	return &c->assets[pick(sheet, PURPOSE_ASSET, c->cui_count)];
}

static const struct asset *protected_asset(const struct sheet *sheet)
{
	const struct contractor *c = sheet->contractor;

	return &c->assets[pick(sheet, PURPOSE_ASSET, c->protected_count)];
}

static const struct asset *open_asset(const struct sheet *sheet)
{
	const struct contractor *c = sheet->contractor;

	return &c->assets[c->protected_count + pick(sheet, PURPOSE_ASSET,
						    c->asset_count - c->protected_count)];
}

static void write_cui(struct sheet *sheet)
{
	buffer_add_text(sheet->out, cui_asset(sheet)->path);
}

static void write_cui_marking(struct sheet *sheet)
{
	add(sheet, cui_asset(sheet)->marking);
}

static void write_protected(struct sheet *sheet)
{
	buffer_add_text(sheet->out, protected_asset(sheet)->path);
}

static void write_protected_marking(struct sheet *sheet)
{
	add(sheet, protected_asset(sheet)->marking);
}

static void write_open(struct sheet *sheet)
{
	buffer_add_text(sheet->out, open_asset(sheet)->path);
}

static void write_open_marking(struct sheet *sheet)
{
	add(sheet, open_asset(sheet)->marking);
}

/* As the kernel writes a name: quoted, or in hex where it has a space. */
static void write_protected_name(struct sheet *sheet)
{
	struct text path = protected_asset(sheet)->path;

	if (text_find_byte(path, ' ') == path.length) {
		buffer_add_format(sheet->out, "\"%.*s\"", TEXT_PRINT(path));
		return;
	}
	for (size_t i = 0; i < path.length; i++)
		buffer_add_format(sheet->out, "%02X", (unsigned char)path.bytes[i]);
}

static void write_bytes(struct sheet *sheet)
{
	uint32_t size = pick(sheet, PURPOSE_SIZE, 6);
	uint32_t number = 1000 + pick(sheet, PURPOSE_BYTES, 9000);

	for (; size; size--)
		number = number * 7 + 13;
	add_number_marked(sheet, MARK_DIGITS, number);
}

static void write_session(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "s%06u", pick(sheet, PURPOSE_SESSION, 1000000));
}

static void write_ses(struct sheet *sheet)
{
	add_number(sheet, 2 + pick(sheet, PURPOSE_SES, 9000));
}

static void write_pid(struct sheet *sheet)
{
	add_number_marked(sheet, MARK_DIGITS, 1200 + pick(sheet, PURPOSE_PID, 60000));
}

static void write_parent(struct sheet *sheet)
{
	add_number(sheet, 1100 + pick(sheet, PURPOSE_PARENT, 60000));
}

static void write_inode(struct sheet *sheet)
{
	add_number(sheet, 131072 + pick(sheet, PURPOSE_INODE, 900000));
}

static void write_hex(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "%09x",
			  0x10000000 + pick(sheet, PURPOSE_HEX, 1u << 28));
}

static void write_small(struct sheet *sheet)
{
	add_number(sheet, 10 + pick(sheet, PURPOSE_SMALL, 90));
}

static void write_medium(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "USB-%.*s", TEXT_PRINT(person(sheet)->badge));
}

static void write_ticket(struct sheet *sheet)
{
	buffer_add_format(sheet->out, "change %u",
			  2000 + pick(sheet, PURPOSE_TICKET, 7000));
}

static void write_fingerprint(struct sheet *sheet)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	/* A person keeps the key. */
	uint64_t n = ((uint64_t)sheet->contractor->number << 32) | person(sheet)->uid;

	for (unsigned i = 0; i < 43; i++) {
		n = random_mix(n);
		buffer_add_byte(sheet->out, alphabet[n % 64]);
	}
}

static void write_cafe(struct sheet *sheet)
{
	ADD_ONE_OF(sheet, PURPOSE_CAFE, cafes);
}
static void write_command(struct sheet *sheet)
{
	ADD_ONE_OF(sheet, PURPOSE_COMMAND, commands);
}
static void write_elsewhere(struct sheet *sheet)
{
	ADD_ONE_OF(sheet, PURPOSE_ELSEWHERE, places_elsewhere);
}
static void write_partner(struct sheet *sheet)
{
	ADD_ONE_OF(sheet, PURPOSE_PARTNER, partners);
}
static void write_place(struct sheet *sheet)
{
	ADD_ONE_OF(sheet, PURPOSE_PLACE, places);
}
static void write_software(struct sheet *sheet)
{
	ADD_ONE_OF(sheet, PURPOSE_SOFTWARE, software);
}
static void write_stranger(struct sheet *sheet)
{
	ADD_ONE_OF(sheet, PURPOSE_STRANGER, strangers);
}
static void write_tool(struct sheet *sheet)
{
	ADD_ONE_OF(sheet, PURPOSE_TOOL, tools);
}

static const struct {
	struct text name;
	void (*write)(struct sheet *sheet);
} placeholders[] = {
#define PLACEHOLDER(name) {{#name, sizeof(#name) - 1}, write_##name},
#include "exercise/placeholders.def"
#undef PLACEHOLDER
};

/* text begins after the "$". The part of it that was used. */
static size_t write_placeholder(struct sheet *sheet, struct text text)
{
	size_t length = 0;

	while (length < text.length &&
	       (is_lower(text.bytes[length]) || text.bytes[length] == '_'))
		length++;
	if (length == 1) {
		write_letter(sheet, text.bytes[0]);
		return length + (length < text.length && text.bytes[length] == ';');
	}
	for (size_t i = 0; i < ARRAY_LENGTH(placeholders); i++) {
		if (!text_equal(placeholders[i].name, text_head(text, length)))
			continue;
		placeholders[i].write(sheet);
		return length + (length < text.length && text.bytes[length] == ';');
	}
	/* A deed that names what there is not: let every test see it. */
	sheet->out->failed = true;
	return length;
}

/* {-400}: a day; {+2h}, {@20h}: a moment. text begins after the "{". */
static size_t write_date(struct sheet *sheet, struct text text)
{
	size_t length = text_find_byte(text, '}');
	struct text when = text_head(text, length);
	const struct incident *incident = sheet->occurrence->incident;
	int64_t time = incident ? incident->time : sheet->occurrence->time, after;
	char moment[CALENDAR_TEXT];
	bool from_midnight;

	if (plant_duration(when, &after, &from_midnight)) {
		time = (from_midnight ? time - time % DAY : time) + after;
		time -= time % MICROSECONDS;
		add(sheet, calendar_to_rfc3339(time, moment));
	} else if (text_to_i64(when, &after)) {
		calendar_to_rfc3339(time + after * DAY, moment);
		buffer_add(sheet->out, moment, 10);
	} else {
		sheet->out->failed = true;
	}
	return length + 1;
}

static void write_body(struct sheet *sheet, struct text body)
{
	for (size_t i = 0; i < body.length; i++) {
		char c = body.bytes[i];

		if (c == '`')
			buffer_add_byte(sheet->out, '"');
		else if (c == '$')
			i += write_placeholder(sheet, text_skip(body, i + 1));
		else if (c == '{')
			i += write_date(sheet, text_skip(body, i + 1));
		else if (c == '|' && !sheet->contractor->enriched)
			return;
		else
			buffer_add_byte(sheet->out, c == '|' ? ENRICHED_BYTE : c);
	}
}

static void write_members(struct sheet *sheet, struct text line)
{
	struct text name, value;
	char sign;

	while (plant_next_pair(&line, &name, &sign, &value)) {
		buffer_add_format(sheet->out, ",\"%.*s\":%s", TEXT_PRINT(name),
				  sign == '=' ? "\"" : "");
		write_body(sheet, value);
		add(sheet, sign == '=' ? "\"" : "");
	}
}

static void write_access_line(struct sheet *sheet, struct text line)
{
	const struct contractor *c = sheet->contractor;
	struct text action = text_split(&line, ' ');
	struct text outcome = text_split(&line, ' ');
	int offset = c->local_time ? c->zone_minutes : 0;

	add(sheet, "{\"time\":\"");
	add_moment(sheet, sheet->occurrence->time + offset * 60 * MICROSECONDS);
	if (c->local_time)
		buffer_add_format(sheet->out, "%c%02d:%02d", offset < 0 ? '-' : '+',
				  (offset < 0 ? -offset : offset) / 60,
				  (offset < 0 ? -offset : offset) % 60);
	else
		add(sheet, "Z");
	buffer_add_format(sheet->out, "\",\"id\":\"%.*s-", TEXT_PRINT(c->prefix));
	add_number_marked(sheet, MARK_NUMBER, sheet->occurrence->number + sheet->line);
	buffer_add_format(sheet->out, "\",\"action\":\"%.*s\",\"outcome\":\"%.*s\"",
			  TEXT_PRINT(action), TEXT_PRINT(outcome));
	write_members(sheet, line);
	add(sheet, "}");
}

static void write_audit_line(struct sheet *sheet, struct text line)
{
	struct text type = text_split(&line, ' ');
	uint64_t milliseconds = (uint64_t)sheet->occurrence->time / 1000;
	size_t before;

	if (sheet->contractor->node) {
		add(sheet, "node=");
		write_server(sheet);
		add(sheet, " ");
	}
	buffer_add_format(sheet->out, "type=%.*s msg=audit(", TEXT_PRINT(type));
	before = sheet->out->length;
	buffer_add_format(sheet->out, "%llu.%03llu",
			  (unsigned long long)(milliseconds / 1000),
			  (unsigned long long)(milliseconds % 1000));
	mark(sheet, MARK_AUDIT_TIME, sheet->out->length - before);
	add(sheet, ":");
	add_number_marked(sheet, MARK_NUMBER, sheet->occurrence->number);
	add(sheet, "): ");
	write_body(sheet, line);
}

static void write_old_header(struct sheet *sheet, struct text tag, bool pid)
{
	struct civil civil = calendar_civil(sheet->occurrence->time);

	buffer_add_format(sheet->out, "%s %2d %02d:%02d:%02d ", months[civil.month - 1],
			  civil.day, civil.hour, civil.minute, civil.second);
	write_server(sheet);
	add(sheet, " ");
	buffer_add_text(sheet->out, tag);
	if (pid) {
		add(sheet, "[");
		write_pid(sheet);
		add(sheet, "]");
	}
	add(sheet, ": ");
}

static void write_modern_header(struct sheet *sheet, struct text priority,
				struct text tag, bool pid)
{
	buffer_add_format(sheet->out, "<%.*s>1 ", TEXT_PRINT(priority));
	add_moment(sheet, sheet->occurrence->time);
	add(sheet, "Z ");
	write_server(sheet);
	buffer_add_format(sheet->out, " %.*s ", TEXT_PRINT(tag));
	if (pid)
		write_pid(sheet);
	else
		add(sheet, "-");
	add(sheet, " - - ");
}

static void write_message_line(struct sheet *sheet, struct text line)
{
	struct text priority = text_split(&line, ' ');
	struct text tag = text_split(&line, ' ');
	bool pid = text_ends_with(tag, TEXT("[]"));

	if (pid)
		tag.length -= 2;
	if (sheet->contractor->modern_syslog)
		write_modern_header(sheet, priority, tag, pid);
	else
		write_old_header(sheet, tag, pid);
	write_body(sheet, line);
}

static void begin(struct sheet *sheet, const struct contractor *contractor,
		  const struct occurrence *occurrence)
{
	sheet->contractor = contractor;
	sheet->occurrence = occurrence;
	sheet->start = sheet->out->length;
	sheet->mark_count = 0;
	sheet->line = 0;
}

void sheet_write(struct sheet *sheet, const struct contractor *contractor,
		 const struct occurrence *occurrence)
{
	static void (*const write_line[FORMAT_COUNT])(struct sheet *, struct text) = {
		[FORMAT_NDJSON] = write_access_line,
		[FORMAT_AUDITD] = write_audit_line,
		[FORMAT_SYSLOG] = write_message_line,
	};
	struct text rest = occurrence->text;

	begin(sheet, contractor, occurrence);
	while (rest.length) {
		write_line[occurrence->format](sheet, text_split(&rest, '~'));
		buffer_add_byte(sheet->out, '\n');
		sheet->line++;
	}
}

void sheet_write_text(struct sheet *sheet, const struct contractor *contractor,
		      const struct occurrence *occurrence, struct text text)
{
	begin(sheet, contractor, occurrence);
	write_body(sheet, text);
}

void sheet_write_subject(struct sheet *sheet, const struct contractor *contractor,
			 const struct occurrence *occurrence, const struct plant *plant,
			 struct text given)
{
	begin(sheet, contractor, occurrence);
	if (plant_is_run(plant)) {
		write_body(sheet, text_of(plant->subject));
		if (!text_ends_with(text_of(plant->subject), TEXT("=")))
			return;
	}
	if (given.length)
		write_body(sheet, given);
	else if (occurrence->format == FORMAT_AUDITD && !contractor->enriched)
		write_auid(sheet);
	else
		write_actor(sheet);
}

const char *incident_scene(const struct incident *incident)
{
	return incident->harmless ? incident->plant->neighbour_scene
				  : incident->plant->misdeed_scene;
}
