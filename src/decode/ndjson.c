/* The native record, muster-record(5): one JSON object a line. */
#include "decode/decoder.h"
#include "decode/json.h"

enum role {
	ROLE_NONE,
#define MEMBER(identifier, name, type, required, meaning) ROLE_##identifier,
#include "decode/members.def"
#undef MEMBER
	ROLE_COUNT
};

static const struct text roles[] = {
#define MEMBER(identifier, name, type, required, meaning) { name, sizeof(name) - 1 },
#include "decode/members.def"
#undef MEMBER
};

enum type { TYPE_TEXT, TYPE_INTEGER, TYPE_BOOL };

static const enum type types[ROLE_COUNT] = {
#define MEMBER(identifier, name, type, required, meaning) [ROLE_##identifier] = TYPE_##type,
#include "decode/members.def"
#undef MEMBER
};

/* Sets of roles have a bit for each. */
_Static_assert(ROLE_COUNT <= JSON_ROLES_MOST, "roles of a native record");
#define MEMBER(identifier, name, type, required, meaning) \
	| (uint64_t)(required) << ROLE_##identifier
static const uint64_t required_roles = 0
#include "decode/members.def"
	;
#undef MEMBER

/* What was read last, because it is likely to be read again. */
struct recent {
	char bytes[48];
	size_t length;
	int meaning;
};

struct ndjson {
	struct json_parser *parser;
	struct json_tops tops;
	uint64_t there;                  /* roles that have a value */
	const struct event_field *fields[ROLE_COUNT]; /* where they have */
	uint64_t numbers[ROLE_COUNT];    /* the values that are */
	struct recent actions[64], markings[64];
	struct event event;              /* of the record at hand; what every record has stays */
};

/* Why a line is no record. */
struct refusal {
	enum decode_code code;
	size_t offset;             /* in the line */
	const char *what;
	struct text name;
	struct text value;
};

static struct recent *recent_place(struct recent *table, struct text t)
{
	unsigned first = t.length ? (unsigned char)t.bytes[0] : 0;
	unsigned last = t.length ? (unsigned char)t.bytes[t.length - 1] : 0;

	return &table[(first * 7 + last * 3 + t.length) % 64];
}

static bool recent_is(const struct recent *recent, struct text t)
{
	return recent->length == t.length && t.length > 0 &&
	       memcmp(recent->bytes, t.bytes, t.length) == 0;
}

static void recent_set(struct recent *recent, struct text t, int meaning)
{
	if (t.length > sizeof(recent->bytes))
		return;
	memcpy(recent->bytes, t.bytes, t.length);
	recent->length = t.length;
	recent->meaning = meaning;
}

static bool action_of(struct ndjson *ndjson, struct text name, enum event_action *ret)
{
	struct recent *recent = recent_place(ndjson->actions, name);

	if (recent_is(recent, name)) {
		*ret = (enum event_action)recent->meaning;
		return true;
	}
	if (!event_action_from_name(name, ret))
		return false;
	recent_set(recent, name, (int)*ret);
	return true;
}

static enum event_level level_of(struct ndjson *ndjson, struct text marking)
{
	struct recent *recent = recent_place(ndjson->markings, marking);

	if (marking.length == 0)
		return EVENT_LEVEL_UNKNOWN;
	if (recent_is(recent, marking))
		return (enum event_level)recent->meaning;
	enum event_level level = event_level_of_marking(marking);
	recent_set(recent, marking, (int)level);
	return level;
}

static bool refuse(struct refusal *ret, enum decode_code code, const struct line *line,
		   const char *at, enum role role, struct text value, const char *what)
{
	*ret = (struct refusal){
		.code = code,
		.offset = at ? (size_t)(at - line->text.bytes) : 0,
		.what = what,
		.name = role == ROLE_NONE ? TEXT_NONE : roles[role - 1],
		.value = value,
	};
	/* A value that had escapes does not stand in the line. */
	if (ret->offset > line->text.length)
		ret->offset = 0;
	return false;
}

static const char *const type_words[] = {
	[TYPE_TEXT] = "must be text",
	[TYPE_INTEGER] = "must be a whole number",
	[TYPE_BOOL] = "must be true or false",
};

static bool kind_fits(enum type type, enum event_field_kind kind)
{
	return (type == TYPE_TEXT && kind == EVENT_FIELD_TEXT) ||
	       (type == TYPE_INTEGER && kind == EVENT_FIELD_NUMBER) ||
	       (type == TYPE_BOOL && kind == EVENT_FIELD_BOOL);
}

/* The values of the members that have a meaning, each of its type. */
static bool collect(struct ndjson *ndjson, const struct event_part *part,
		    const struct line *line, struct refusal *ret)
{
	ndjson->there = 0;
	for (uint64_t left = ndjson->tops.roles | required_roles; left; left &= left - 1) {
		enum role role = (enum role)__builtin_ctzll(left);
		const uint64_t bit = left & -left;
		enum type type = types[role];
		bool is_there = ndjson->tops.roles & bit;
		uint32_t top = ndjson->tops.fields[role];

		if (is_there && top == JSON_LIST)
			return refuse(ret, DECODE_TYPE, line, NULL, role, TEXT_NONE,
				      type_words[type]);
		const struct event_field *field = is_there ? &part->fields[top] : NULL;
		if (!field || field->kind == EVENT_FIELD_NULL) {
			if (required_roles & bit)
				return refuse(ret, DECODE_MISSING, line, NULL, role,
					      TEXT_NONE, "is missing");
			continue;
		}
		if (!kind_fits(type, (enum event_field_kind)field->kind))
			return refuse(ret, DECODE_TYPE, line, field->value.bytes, role,
				      TEXT_NONE, type_words[type]);
		if (type == TYPE_INTEGER && (!text_to_u64(field->value, &ndjson->numbers[role]) ||
					     ndjson->numbers[role] > INT64_MAX))
			return refuse(ret, DECODE_NUMBER, line, field->value.bytes, role,
				      field->value, "is out of range");
		ndjson->fields[role] = field;
		ndjson->there |= bit;
	}
	return true;
}

/* The text that a member is, empty where it is not there. */
static struct text text_of_role(const struct ndjson *ndjson, enum role role)
{
	return ndjson->there >> role & 1 ? ndjson->fields[role]->value : TEXT_NONE;
}

/* The number that a member is, or another where it is not there. */
static uint64_t number_of(const struct ndjson *ndjson, enum role role, uint64_t otherwise)
{
	return ndjson->there >> role & 1 ? ndjson->numbers[role] : otherwise;
}

/* The values that every event has, from those of the members. */
static bool normalise(struct ndjson *ndjson, const struct line *line, struct event *event,
		      struct refusal *ret)
{
	const struct text time = text_of_role(ndjson, ROLE_TIME);
	const struct text action = text_of_role(ndjson, ROLE_ACTION);
	const struct text outcome = text_of_role(ndjson, ROLE_OUTCOME);

	if (!calendar_from_rfc3339(time, &event->time))
		return refuse(ret, DECODE_TIME, line, time.bytes, ROLE_TIME, time, "is no moment");
	if (!action_of(ndjson, action, &event->action))
		return refuse(ret, DECODE_ACTION, line, action.bytes, ROLE_ACTION, action,
			      "is none we know");
	event->outcome = EVENT_OUTCOME_UNKNOWN;
	if (outcome.bytes && !event_outcome_from_name(outcome, &event->outcome))
		return refuse(ret, DECODE_OUTCOME, line, outcome.bytes, ROLE_OUTCOME, outcome,
			      "is none we know");
	event->actor = text_of_role(ndjson, ROLE_ACTOR);
	event->object = text_of_role(ndjson, ROLE_OBJECT);
	event->host = text_of_role(ndjson, ROLE_HOST);
	event->address = text_of_role(ndjson, ROLE_ADDRESS);
	event->session = text_of_role(ndjson, ROLE_SESSION);
	event->marking = text_of_role(ndjson, ROLE_MARKING);
	event->level = level_of(ndjson, event->marking);
	event->native_id = text_of_role(ndjson, ROLE_ID);
	event->bytes = (int64_t)number_of(ndjson, ROLE_BYTES, UINT64_MAX);
	event->sequence = number_of(ndjson, ROLE_SEQUENCE, 0);
	if (event->sequence == INT64_MAX)
		event->sequence = 0;
	return true;
}

/* Cut for a reason: escaped and short. */
static struct text shown(struct buffer *buffer, struct text t, char storage[],
			 size_t room)
{
	buffer_reset(buffer);
	buffer_add_escaped(buffer, t, room - 1);
	size_t length = buffer->length < room ? buffer->length : room - 1;
	if (length > 0)
		memcpy(storage, buffer->data, length);
	return (struct text){ storage, length };
}

static int reject(struct decoder *decoder, const struct line *line,
		  const struct refusal *refusal, struct err *err)
{
	char name_room[64], value_room[96];
	struct text name =
		shown(&decoder->reason, refusal->name, name_room, sizeof(name_room));
	struct text value =
		shown(&decoder->reason, refusal->value, value_room, sizeof(value_room));
	uint64_t offset = line->offset + refusal->offset;

	if (value.length > 0)
		return decoder_reject(decoder, line->number, offset, refusal->code, err,
				      "%.*s %s: %.*s", TEXT_PRINT(name), refusal->what,
				      TEXT_PRINT(value));
	return decoder_reject(decoder, line->number, offset, refusal->code, err,
			      "%.*s%s%s", TEXT_PRINT(name), name.length > 0 ? " " : "",
			      refusal->what);
}

static int reject_json(struct decoder *decoder, const struct line *line,
		       const struct json_fault *fault, struct err *err)
{
	struct line_fault bytes;

	/* What breaks the bytes explains what breaks the JSON. */
	if (decoder_line_faulty(line, &bytes))
		return decoder_reject_line(decoder, line->number, &bytes, err);
	return reject(decoder, line,
		      &(struct refusal){
			      .code = fault->code,
			      .offset = fault->offset,
			      .what = fault->what,
			      .name = fault->name,
		      },
		      err);
}

static int ndjson_line(struct decoder *decoder, const struct line *line, struct err *err)
{
	struct ndjson *ndjson = decoder->state;
	struct parts *parts = &decoder->parts;
	struct json_fault fault;
	struct refusal refusal;

	parts_reset(parts);
	if (parts_open(parts) != 1)
		return err_set(err, ERR_MEMORY, "no memory for a record");
	int taken = json_parser_take(ndjson->parser, line->text, &decoder->known, parts,
				     &ndjson->tops, &fault);
	if (taken < 0)
		return err_set(err, ERR_MEMORY, "no memory for the names of a record");
	if (taken == 0)
		return reject_json(decoder, line, &fault, err);

	struct event *event = &ndjson->event;
	event->raw = line->text;
	event->line = line->number;
	event->offset = line->offset;
	event->length = line->text.length;
	event->parts = parts->list;
	event->part_count = parts->count;
	if (!collect(ndjson, &parts->list[0], line, &refusal) ||
	    !normalise(ndjson, line, event, &refusal))
		return reject(decoder, line, &refusal, err);
	return decoder_event(decoder, event, err);
}

static int ndjson_begin(struct decoder *decoder, struct err *err)
{
	struct ndjson *ndjson = decoder->state = calloc(1, sizeof(*ndjson));

	if (ndjson)
		ndjson->parser = json_parser_new();
	if (!ndjson || !ndjson->parser)
		return err_set(err, ERR_MEMORY, "no memory for reading JSON");
	ndjson->event.time_quality = EVENT_TIME_EXACT;
	ndjson->event.source = EVENT_FROM_ACCESS;
	return 0;
}

static void ndjson_end(struct decoder *decoder)
{
	struct ndjson *ndjson = decoder->state;

	if (ndjson)
		json_parser_free(ndjson->parser);
	free(ndjson);
}

const struct decoder_kind decoder_ndjson = {
	.checks_itself = true,
	.checks_in_passing = true,
	.roles = roles,
	.role_count = ARRAY_LENGTH(roles),
	.begin = ndjson_begin,
	.line = ndjson_line,
	.end = ndjson_end,
};
