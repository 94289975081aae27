/*
 * Questions about an event, answered from a roster as of the event's time.
 * What the event names is looked up at most once, when it is first asked for.
 */
#include "roster/join.h"

#include <stdio.h>
#include <stdlib.h>

struct roster_join *roster_join_new(struct event_names *names)
{
	struct roster_join *join = calloc(1, sizeof(*join));
	if (!join)
		return NULL;
	join->place_name = event_names_intern(names, TEXT("place"));
	join->medium_name = event_names_intern(names, TEXT("medium"));
	join->destination_name = event_names_intern(names, TEXT("destination"));
	join->gateway_name = event_names_intern(names, TEXT("gateway"));
	join->network_name = event_names_intern(names, TEXT("network"));
	join->device_name = event_names_intern(names, TEXT("device"));
	join->program_name = event_names_intern(names, TEXT("program"));
	join->exe_name = event_names_intern(names, TEXT("exe"));
	join->hash_name = event_names_intern(names, TEXT("hash"));
	join->due_name = event_names_intern(names, TEXT("due"));
	join->credential_name = event_names_intern(names, TEXT("credential"));
	join->key_name = event_names_intern(names, TEXT("sshd.key"));
	return join;
}

void roster_join_free(struct roster_join *join)
{
	free(join);
}

void roster_join_use(struct roster_join *join, const struct roster *roster)
{
	join->roster = roster;
	join->event = NULL;
	join->looked_up = 0;
	memset(join->unknown, 0, sizeof(join->unknown));
}

const uint64_t *roster_join_unknown(const struct roster_join *join)
{
	return join->unknown;
}

void roster_join_begin(struct roster_join *join, const struct event *event)
{
	join->event = event;
	join->looked_up = 0;
}

/* --- looking up --------------------------------------------------------------------- */

struct text join_member(const struct event *event, uint32_t name)
{
	for (uint32_t p = 0; p < event->part_count && name != EVENT_NAME_NONE; p++) {
		const struct event_part *part = &event->parts[p];
		uint32_t i = part->first[name];
		if (i && part->fields[i - 1].kind <= EVENT_FIELD_BOOL)
			return part->fields[i - 1].value;
	}
	return TEXT_NONE;
}

/* KEY_ROOM is enough for what can be in a table; longer is in none. */
struct text join_pair_key(struct text a, struct text b, char room[KEY_ROOM])
{
	if (a.length > ROSTER_VALUE_LONGEST || b.length > ROSTER_VALUE_LONGEST)
		return TEXT_NONE;
	memcpy(room, a.bytes, a.length);
	room[a.length] = '\x1f';
	memcpy(room + a.length + 1, b.bytes, b.length);
	return (struct text){room, a.length + 1 + b.length};
}

static const struct row *find_hash(struct roster_join *join)
{
	const struct map *hashes = &join->roster->hashes;
	return hashes->count == 0 ? NULL
				  : table_find(hashes, join_member(join->event, join->hash_name),
					       join->event->time);
}

/* "/a/b/c": its own row, else that of "/a/b/(**)", "/a/(**)" … */
static const struct row *find_path(const struct roster *roster, const struct event *event)
{
	const struct map *rows = &roster->tables[ROSTER_ASSET].rows;
	struct text path = event->object;
	char room[ROSTER_VALUE_LONGEST + 4];
	const struct row *row = table_find(rows, path, event->time);
	if (path.length > ROSTER_VALUE_LONGEST)
		path.length = ROSTER_VALUE_LONGEST;
	while (!row && path.length) {
		while (path.length && path.bytes[path.length - 1] != '/')
			path.length--;
		if (path.length == 0)
			break;
		memcpy(room, path.bytes, path.length);
		memcpy(room + path.length, "**", 2);
		row = table_find(rows, (struct text){room, path.length + 2}, event->time);
		path.length--;
	}
	return row;
}

/* "mail.army.example": its own row, else that of "*.army.example", "*.example". */
static const struct row *find_destination(const struct roster *roster, struct text name,
					  int64_t time)
{
	const struct map *rows = &roster->tables[ROSTER_DESTINATION].rows;
	const struct row *row = table_find(rows, name, time);
	char room[ROSTER_VALUE_LONGEST + 2];
	if (name.length > ROSTER_VALUE_LONGEST)
		return row;
	for (size_t i = 0; !row && i < name.length; i++) {
		if (name.bytes[i] != '.')
			continue;
		room[0] = '*';
		memcpy(room + 1, name.bytes + i, name.length - i);
		row = table_find(rows, (struct text){room, name.length - i + 1}, time);
	}
	return row;
}

struct text join_place(struct roster_join *join)
{
	struct text place = join_member(join->event, join->place_name);
	const struct row *host = place.length ? NULL : join_subject(join, HOST);
	return host ? host->fields[ROSTER_APPROVAL_PLACE] : place;
}

static const struct row *find(struct roster_join *join, enum subject which)
{
	const struct event *event = join->event;
	const struct roster *roster = join->roster;
	const struct table *tables = roster->tables;
	const struct row *row;
	switch (which) {
	case PERSON:
		row = table_find(&roster->accounts, event->actor, event->time);
		return row ? row
			   : table_find(&tables[ROSTER_PERSON].rows, event->actor, event->time);
	case OBJECT:
		row = find_path(roster, event);
		return row ? row : find_hash(join);
	case PLACE:
		return table_find(&tables[ROSTER_PLACE].rows, join_place(join), event->time);
	case HOST:
		return table_find(&tables[ROSTER_APPROVAL].rows, event->host, event->time);
	case MEDIUM:
		return table_find(&tables[ROSTER_MEDIUM].rows,
				  join_member(event, join->medium_name), event->time);
	case DESTINATION:
		return find_destination(roster, join_member(event, join->destination_name),
					event->time);
	default:
		row = join_subject(join, OBJECT);
		return row ? table_find(&tables[ROSTER_CONTRACT].rows,
					row->fields[ROSTER_ASSET_PROGRAMME], event->time)
			   : NULL;
	}
}

/* What the event names that the subject would have a row for. */
static struct text name_of(struct roster_join *join, enum subject which)
{
	const struct event *event = join->event;
	const struct row *object;
	switch (which) {
	case PERSON:
		return event->actor;
	case OBJECT:
		return event->object;
	case PLACE:
		return join_place(join);
	case HOST:
		return event->host;
	case MEDIUM:
		return join_member(event, join->medium_name);
	case DESTINATION:
		return join_member(event, join->destination_name);
	default:
		object = join_subject(join, OBJECT);
		return object ? object->fields[ROSTER_ASSET_PROGRAMME] : TEXT_NONE;
	}
}

static const enum roster_kind kinds[SUBJECT_COUNT] = {
	[PERSON] = ROSTER_PERSON,	    [OBJECT] = ROSTER_ASSET,
	[PLACE] = ROSTER_PLACE,		    [HOST] = ROSTER_APPROVAL,
	[MEDIUM] = ROSTER_MEDIUM,	    [DESTINATION] = ROSTER_DESTINATION,
	[CONTRACT] = ROSTER_CONTRACT,
};

const struct row *join_subject(struct roster_join *join, enum subject which)
{
	const struct row **row = &join->rows[which];
	if (join->looked_up >> which & 1)
		return *row;
	*row = find(join, which);
	join->looked_up |= 1u << which;
	if (!*row && name_of(join, which).length > 0)
		join->unknown[kinds[which]]++;
	return *row;
}

/* --- answers ------------------------------------------------------------------------- */

static enum answer known(struct roster_join *join, enum subject which, enum roster_kind kind,
			 struct text name)
{
	if (name.length == 0)
		return NOT_KNOWN;
	if (join_subject(join, which))
		return YES;
	return table_kept(&join->roster->tables[kind], join->event->time) ? NO : NOT_KNOWN;
}

int64_t join_object_level(struct roster_join *join)
{
	int64_t level = row_number(join_subject(join, OBJECT), ROSTER_ASSET_LEVEL);
	if (level != VALUE_UNKNOWN)
		return level;
	return join->event->level == EVENT_LEVEL_UNKNOWN ? VALUE_UNKNOWN
							 : (int64_t)join->event->level;
}

enum answer join_suffices(struct roster_join *join, int64_t granted)
{
	int64_t asked = join_object_level(join);
	if (granted == VALUE_UNKNOWN || asked == VALUE_UNKNOWN)
		return NOT_KNOWN;
	return answer_of(granted >= asked);
}

enum answer join_listed(struct roster_join *join, enum roster_kind kind, struct text name)
{
	const struct row *person = join_subject(join, PERSON);
	const struct table *table = &join->roster->tables[kind];
	char room[KEY_ROOM];
	if (!person || name.length == 0)
		return NOT_KNOWN;
	struct text key = join_pair_key(person->fields[ROSTER_PERSON_ID], name, room);
	if (table_find(&table->rows, key, join->event->time))
		return YES;
	return table_list_kept(table, name, join->event->time) ? NO : NOT_KNOWN;
}

static enum answer read_in(struct roster_join *join)
{
	const struct row *object = join_subject(join, OBJECT);
	struct text rest = object ? object->fields[ROSTER_ASSET_COMPARTMENTS] : TEXT_NONE;
	struct text compartment;
	enum answer all = NOT_KNOWN;
	bool doubt = false;
	while (value_list_next(&rest, &compartment)) {
		enum answer one = join_listed(join, ROSTER_COMPARTMENT, compartment);
		if (one == NO)
			return NO;
		doubt |= one == NOT_KNOWN;
		all = YES;
	}
	return doubt ? NOT_KNOWN : all;
}

bool join_covers_compartments(struct roster_join *join, struct text has)
{
	const struct row *object = join_subject(join, OBJECT);
	struct text asked = object ? object->fields[ROSTER_ASSET_COMPARTMENTS] : TEXT_NONE, each;
	while (has.length > 0 && value_list_next(&asked, &each))
		if (!value_list_has(has, each))
			return false;
	return true;
}

static enum answer need_to_know(struct roster_join *join)
{
	const struct row *object = join_subject(join, OBJECT);
	return object ? join_listed(join, ROSTER_NEED, object->fields[ROSTER_ASSET_PROGRAMME])
		      : NOT_KNOWN;
}

/*
 * The person's authorisations against those of the object and its programme.
 * A person known to have none has none for this object; a person with some is
 * only refused where the object says which ones it asks for.
 */
static enum answer authorised(struct roster_join *join)
{
	const struct row *person = join_subject(join, PERSON), *object = join_subject(join, OBJECT);
	struct text each;
	if (!person || !object)
		return NOT_KNOWN;
	struct text rest = person->fields[ROSTER_PERSON_AUTHORISATIONS];
	struct text asked = object->fields[ROSTER_ASSET_AUTHORISATIONS];
	struct text programme = object->fields[ROSTER_ASSET_PROGRAMME];
	if (rest.length == 0)
		return NO;
	while (value_list_next(&rest, &each))
		if (value_list_has(asked, each) || text_equal(each, programme))
			return YES;
	return asked.length ? NO : NOT_KNOWN;
}

int64_t join_year_before(int64_t moment)
{
	struct civil civil = calendar_civil(moment);
	civil.year--;
	if (!calendar_date_exists(civil.year, civil.month, civil.day))
		civil.day = 28;
	return calendar_moment(&civil);
}

/* A dated list that is not empty is taken to be whole. */
static enum answer briefed(struct roster_join *join, struct text first, struct text second)
{
	const struct row *person = join_subject(join, PERSON);
	struct text list = person ? person->fields[ROSTER_PERSON_BRIEFINGS] : TEXT_NONE;
	int64_t time = join->event->time;
	if (list.length == 0)
		return NOT_KNOWN;
	/* A briefing counts for the whole of its day, and of that day a year later. */
	int64_t since = join_year_before(time - time % DAY);
	return answer_of(value_dated_latest(list, first, time) >= since ||
			 (second.length && value_dated_latest(list, second, time) >= since));
}

/* What was granted finally is not temporary. */
static enum answer temporary(struct roster_join *join)
{
	const struct row *person = join_subject(join, PERSON);
	enum answer answer = row_flag(person, ROSTER_PERSON_TEMPORARY);
	if (answer == YES &&
	    join_suffices(join, row_number(person, ROSTER_PERSON_FINAL_LEVEL)) == YES)
		return NO;
	return answer;
}

static enum answer nda(struct roster_join *join)
{
	int64_t day = row_number(join_subject(join, PERSON), ROSTER_PERSON_NDA);
	return day == VALUE_UNKNOWN ? NOT_KNOWN : answer_of(day <= join->event->time);
}

enum answer join_may(struct roster_join *join, struct text function)
{
	const struct event *event = join->event;
	const struct table *roles = &join->roster->tables[ROSTER_ROLE];
	char room[KEY_ROOM];
	if (event->actor.length == 0)
		return NOT_KNOWN;
	if (table_find(&roles->rows, join_pair_key(event->actor, function, room), event->time) ||
	    table_find(&roles->rows, join_pair_key(event->actor, TEXT("any"), room), event->time))
		return YES;
	enum answer of_person = row_flag(join_subject(join, PERSON), ROSTER_PERSON_PRIVILEGED);
	if (of_person != NOT_KNOWN)
		return of_person;
	return table_list_kept(roles, function, event->time) ||
			       table_list_kept(roles, TEXT("any"), event->time)
		       ? NO
		       : NOT_KNOWN;
}

/* CUI asks whether the place is approved for CUI, the rest for a level. */
static enum answer place_approved(struct roster_join *join)
{
	const struct row *place = join_subject(join, PLACE);
	if (place && join_object_level(join) == EVENT_LEVEL_CUI &&
	    row_number(place, ROSTER_PLACE_CUI) != VALUE_UNKNOWN)
		return row_flag(place, ROSTER_PLACE_CUI);
	enum answer level = join_suffices(join, row_number(place, ROSTER_PLACE_LEVEL));
	if (level == NO || !place ||
	    join_covers_compartments(join, place->fields[ROSTER_PLACE_COMPARTMENTS]))
		return level;
	return NO;
}

static bool shift_covers(const struct row *shift, int64_t time)
{
	int64_t wall = time + shift->numbers[ROSTER_SHIFT_OFFSET] * MINUTE;
	int64_t day = wall / DAY - (wall % DAY < 0), minute = (wall - day * DAY) / MINUTE;
	int64_t from = shift->numbers[ROSTER_SHIFT_FROM], to = shift->numbers[ROSTER_SHIFT_TO];
	int64_t weekday = ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
	int64_t days = shift->numbers[ROSTER_SHIFT_WEEKDAYS];
	bool today = days >> weekday & 1, yesterday = days >> ((weekday + 6) % 7) & 1;
	if (from < to)
		return today && minute >= from && minute < to;
	return (today && minute >= from) || (yesterday && minute < to);
}

static enum answer in_shift(struct roster_join *join)
{
	const struct row *person = join_subject(join, PERSON);
	enum answer answer = NOT_KNOWN;
	if (!person)
		return NOT_KNOWN;
	for (const struct node *node = table_all(&join->roster->tables[ROSTER_SHIFT].rows,
						 person->fields[ROSTER_PERSON_ID]);
	     node && answer != YES; node = node->next)
		if (row_holds(node->row, join->event->time))
			answer = answer_of(shift_covers(node->row, join->event->time));
	return answer;
}

static enum answer contract_active(struct roster_join *join)
{
	const struct row *contract = join_subject(join, CONTRACT);
	int64_t from = row_number(contract, ROSTER_CONTRACT_FROM);
	int64_t to = row_number(contract, ROSTER_CONTRACT_TO), time = join->event->time;
	if (!contract)
		return NOT_KNOWN;
	return answer_of((from == VALUE_UNKNOWN || from <= time) &&
			 (to == VALUE_UNKNOWN || time < to + DAY) &&
			 row_flag(contract, ROSTER_CONTRACT_PAUSED) != YES);
}

static enum answer host_approved(struct roster_join *join)
{
	const struct row *host = join_subject(join, HOST);
	enum answer level = join_suffices(join, row_number(host, ROSTER_APPROVAL_LEVEL));
	if (level != YES)
		return level;
	return answer_of(
		join_covers_compartments(join, host->fields[ROSTER_APPROVAL_COMPARTMENTS]));
}

static enum answer destination_approved(struct roster_join *join)
{
	const struct row *destination = join_subject(join, DESTINATION);
	enum answer approved = row_flag(destination, ROSTER_DESTINATION_APPROVED);
	if (approved == YES &&
	    join_suffices(join, row_number(destination, ROSTER_DESTINATION_LEVEL)) == NO)
		return NO;
	return approved;
}

static enum answer in_audience(struct roster_join *join)
{
	const struct row *destination = join_subject(join, DESTINATION);
	const struct row *object = join_subject(join, OBJECT);
	if (!destination || !object || !destination->fields[ROSTER_DESTINATION_CLASS].length ||
	    !object->fields[ROSTER_ASSET_AUDIENCE].length)
		return NOT_KNOWN;
	return answer_of(value_list_has(object->fields[ROSTER_ASSET_AUDIENCE],
					destination->fields[ROSTER_DESTINATION_CLASS]));
}

/* --- values ------------------------------------------------------------------------ */

static bool answered(enum answer answer, struct text *ret)
{
	*ret = answer == YES ? TEXT("true") : TEXT("false");
	return answer != NOT_KNOWN;
}

static bool text_answered(const struct row *row, int column, struct text *ret)
{
	*ret = row ? row->fields[column] : TEXT_NONE;
	return ret->length > 0;
}

/* Levels are one digit. */
static bool level_answered(int64_t level, char scratch[EVENT_SCRATCH], struct text *ret)
{
	if (level == VALUE_UNKNOWN)
		return false;
	scratch[0] = (char)('0' + level % 10);
	*ret = (struct text){scratch, 1};
	return true;
}

static bool person_value(struct roster_join *join, enum event_joined which,
			 char scratch[EVENT_SCRATCH], struct text *ret)
{
	const struct row *person = join_subject(join, PERSON);
	switch (which) {
	case EVENT_J_PERSON_KNOWN:
		return answered(known(join, PERSON, ROSTER_PERSON, join->event->actor), ret);
	case EVENT_J_PERSON_ID:
		return text_answered(person, ROSTER_PERSON_ID, ret);
	case EVENT_J_PERSON_LEVEL:
		return level_answered(row_number(person, ROSTER_PERSON_LEVEL), scratch, ret);
	case EVENT_J_PERSON_CLEARED:
		return answered(join_suffices(join, row_number(person, ROSTER_PERSON_LEVEL)), ret);
	case EVENT_J_PERSON_STATUS:
		return text_answered(person, ROSTER_PERSON_STATUS, ret);
	case EVENT_J_PERSON_TEMPORARY:
		return answered(temporary(join), ret);
	case EVENT_J_PERSON_US_PERSON:
		return answered(row_flag(person, ROSTER_PERSON_US_PERSON), ret);
	case EVENT_J_PERSON_AUTHORISED:
		return answered(authorised(join), ret);
	case EVENT_J_PERSON_BRIEFED:
		return answered(briefed(join, TEXT("initial"), TEXT("refresher")), ret);
	case EVENT_J_PERSON_INSIDER_BRIEFED:
		return answered(briefed(join, TEXT("insider-threat"), TEXT_NONE), ret);
	case EVENT_J_PERSON_NDA:
		return answered(nda(join), ret);
	case EVENT_J_PERSON_READ_IN:
		return answered(read_in(join), ret);
	case EVENT_J_PERSON_NEED_TO_KNOW:
		return answered(need_to_know(join), ret);
	case EVENT_J_TIME_IN_SHIFT:
		return answered(in_shift(join), ret);
	default:
		return answered(join_may(join, text_of(event_action_name(join->event->action))),
				ret);
	}
}

static bool object_value(struct roster_join *join, enum event_joined which,
			 char scratch[EVENT_SCRATCH], struct text *ret)
{
	const struct row *object = join_subject(join, OBJECT);
	switch (which) {
	case EVENT_J_OBJECT_KNOWN:
		return answered(known(join, OBJECT, ROSTER_ASSET, join->event->object), ret);
	case EVENT_J_OBJECT_LEVEL:
		return level_answered(join_object_level(join), scratch, ret);
	case EVENT_J_OBJECT_COMPARTMENTS:
		return text_answered(object, ROSTER_ASSET_COMPARTMENTS, ret);
	case EVENT_J_OBJECT_CAVEATS:
		return text_answered(object, ROSTER_ASSET_CAVEATS, ret);
	case EVENT_J_OBJECT_CATEGORY:
		return text_answered(object, ROSTER_ASSET_CATEGORY, ret);
	case EVENT_J_OBJECT_PROGRAMME:
		return text_answered(object, ROSTER_ASSET_PROGRAMME, ret);
	case EVENT_J_CONTRACT_ACTIVE:
		return answered(contract_active(join), ret);
	case EVENT_J_CONTRACT_COVERS:
		return answered(join_suffices(join, row_number(join_subject(join, CONTRACT),
						      ROSTER_CONTRACT_LEVEL)),
				ret);
	default:
		return answered(row_flag(object, ROSTER_ASSET_EXPORT_CONTROLLED), ret);
	}
}

static bool surroundings_value(struct roster_join *join, enum event_joined which,
			       char scratch[EVENT_SCRATCH], struct text *ret)
{
	switch (which) {
	case EVENT_J_PLACE_KNOWN:
		return answered(known(join, PLACE, ROSTER_PLACE, join_place(join)), ret);
	case EVENT_J_PLACE_APPROVED:
		return answered(place_approved(join), ret);
	case EVENT_J_PLACE_LEVEL:
		return level_answered(row_number(join_subject(join, PLACE), ROSTER_PLACE_LEVEL), scratch,
				      ret);
	case EVENT_J_PLACE_OUTSIDE_US:
		return answered(row_flag(join_subject(join, PLACE), ROSTER_PLACE_OUTSIDE_US), ret);
	case EVENT_J_PLACE_LATITUDE:
		return text_answered(join_subject(join, PLACE), ROSTER_PLACE_LATITUDE, ret);
	case EVENT_J_PLACE_LONGITUDE:
		return text_answered(join_subject(join, PLACE), ROSTER_PLACE_LONGITUDE, ret);
	case EVENT_J_HOST_KNOWN:
		return answered(known(join, HOST, ROSTER_APPROVAL, join->event->host), ret);
	case EVENT_J_HOST_LEVEL:
		return level_answered(row_number(join_subject(join, HOST), ROSTER_APPROVAL_LEVEL),
				      scratch, ret);
	default:
		return answered(host_approved(join), ret);
	}
}

static bool carrier_value(struct roster_join *join, enum event_joined which,
			  char scratch[EVENT_SCRATCH], struct text *ret)
{
	switch (which) {
	case EVENT_J_MEDIUM_REGISTERED:
		return answered(known(join, MEDIUM, ROSTER_MEDIUM,
				      join_member(join->event, join->medium_name)),
				ret);
	case EVENT_J_MEDIUM_OWNER:
		return text_answered(join_subject(join, MEDIUM), ROSTER_MEDIUM_OWNER, ret);
	case EVENT_J_MEDIUM_ENCRYPTED:
		return answered(row_flag(join_subject(join, MEDIUM), ROSTER_MEDIUM_ENCRYPTED), ret);
	case EVENT_J_MEDIUM_LEVEL:
		return level_answered(row_number(join_subject(join, MEDIUM), ROSTER_MEDIUM_LEVEL),
				      scratch, ret);
	case EVENT_J_DESTINATION_KNOWN:
		return answered(known(join, DESTINATION, ROSTER_DESTINATION,
				      join_member(join->event, join->destination_name)),
				ret);
	case EVENT_J_DESTINATION_APPROVED:
		return answered(destination_approved(join), ret);
	default:
		return answered(in_audience(join), ret);
	}
}

/* A date counts until its end. */
static bool due_moment(const struct roster_join *join, int64_t *ret)
{
	struct text due = join_member(join->event, join->due_name);
	char whole[CALENDAR_TEXT];
	if (due.length != sizeof("YYYY-MM-DD") - 1)
		return due.length > 0 && calendar_from_rfc3339(due, ret);
	snprintf(whole, sizeof(whole), "%.*sT00:00:00Z", TEXT_PRINT(due));
	if (!calendar_from_rfc3339(text_of(whole), ret))
		return false;
	*ret += DAY;
	return true;
}

static bool due_value(const struct roster_join *join, const struct event *event, bool past,
		      char scratch[EVENT_SCRATCH], struct text *ret)
{
	int64_t due;
	if (!due_moment(join, &due))
		return false;
	int64_t seconds = (past ? event->time - due : due - event->time) / MICROSECONDS;
	if (seconds <= 0)
		return false;
	snprintf(scratch, EVENT_SCRATCH, "%lld", (long long)seconds);
	*ret = text_of(scratch);
	return true;
}

/* Values that the record has where the roster has none. */
static bool named_value(struct roster_join *join, const struct event *event,
			enum event_joined which, struct text *ret)
{
	const struct row *row = NULL;
	int column = ROSTER_PERSON_ID;
	*ret = event->actor;
	if (join->roster && which == EVENT_J_PERSON_WHO)
		row = join_subject(join, PERSON);
	if (which == EVENT_J_OBJECT_NAME) {
		*ret = event->object;
		column = ROSTER_ASSET_OBJECT;
		if (join->roster && !find_path(join->roster, event))
			row = find_hash(join);
	}
	if (row)
		*ret = row->fields[column];
	return ret->length > 0;
}

bool roster_join_value(void *context, const struct event *event, enum event_joined which,
		       char scratch[EVENT_SCRATCH], struct text *ret_value)
{
	struct roster_join *join = context;
	if (join->event != event)
		roster_join_begin(join, event);
	if (which == EVENT_J_PERSON_WHO || which == EVENT_J_OBJECT_NAME)
		return named_value(join, event, which, ret_value);
	if (which == EVENT_J_DUE_IN || which == EVENT_J_DUE_PAST)
		return due_value(join, event, which == EVENT_J_DUE_PAST, scratch, ret_value);
	if (!join->roster)
		return false;
	if (which <= EVENT_J_PERSON_PRIVILEGED || which == EVENT_J_TIME_IN_SHIFT)
		return person_value(join, which, scratch, ret_value);
	if (which <= EVENT_J_OBJECT_EXPORT_CONTROLLED || which == EVENT_J_CONTRACT_ACTIVE ||
	    which == EVENT_J_CONTRACT_COVERS)
		return object_value(join, which, scratch, ret_value);
	if (which >= EVENT_J_OBJECT_ACCOUNTED)
		return answered(join_thing_answer(join, which), ret_value);
	if (which >= EVENT_J_PERSON_LIMITED)
		return answered(join_person_answer(join, which), ret_value);
	if (which <= EVENT_J_HOST_APPROVED)
		return surroundings_value(join, which, scratch, ret_value);
	return carrier_value(join, which, scratch, ret_value);
}
