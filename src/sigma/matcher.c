/*
 * One event against all rules. The values are put through the index, which
 * marks atoms as found and rules as candidates; then the candidates are
 * evaluated, and what an atom answered is remembered for the part.
 *
 * "Remembered" is a stamp: a number that is raised for each event and each
 * part, so nothing has to be cleared. Atoms on normalised values keep their
 * answers for the whole event.
 */
#include "sigma/index.h"
#include "sigma/matcher.h"

#define EPOCH_LIMIT (UINT32_MAX - 4096)
#define SPACE_AT_FIRST (4u << 20) /* records are at most 1 MiB: grows hardly ever */

struct space {
	char *bytes;
	size_t room, used;
};

/* What matcher_holds() needs of an atom before it looks at the atom itself. */
struct trait {
	bool indexed, normalised;
};

/* What a value that is one of few makes true; and the rules that wait for that. */
struct verdicts {
	uint32_t *atoms, atom_count;
	uint32_t *rules[2], rule_count[2]; /* [1]: where values are joined, too */
};
struct coded {
	enum event_normalised which;
	struct verdicts *verdicts; /* by number */
};

/* A value from outside, asked for at most once an event. */
struct joined {
	uint32_t asked; /* epoch */
	struct value value;
	char scratch[EVENT_SCRATCH];
	char folded[EVENT_JOINED_LONGEST + 2 * VALUE_PADDING];
};

struct matcher {
	struct sigma_set *set;
	const struct index *index;
	struct regex_work *regex_work;
	const struct trait *traits;
	const uint32_t *rule_sources; /* one of the two below */
	const uint32_t *sources_joined, *sources_alone;
	uint32_t *found, *known; /* of atoms: epochs */
	bool *truth;		 /* of atoms, where known */
	uint32_t *seen, *hit;	 /* of rules: epochs */
	uint32_t *candidates, *hits;
	uint32_t candidate_count, hit_count;
	uint32_t epoch, event_epoch, part_epoch;
	uint32_t source; /* the event's source as a bit */
	const struct event_part *part;
	struct value *values; /* of the part's fields */
	uint32_t value_room;
	struct space space, normalised_space;
	struct value normalised[EVENT_N_COUNT];
	uint32_t normalised_asked[EVENT_N_COUNT]; /* epochs */
	struct space late[EVENT_N_COUNT]; /* of those the index does not look at */
	char scratch[EVENT_N_COUNT][EVENT_SCRATCH];
	struct coded *coded;   /* EVENT_N_COUNT of them at most */
	uint32_t coded_count;
	struct joined *joined; /* EVENT_J_COUNT of them */
	const struct event *event;
	struct event_part nothing; /* for an event without parts */
	struct arena *arena;
};

static bool space_reserve(struct space *space, size_t size)
{
	space->used = VALUE_PADDING;
	if (size + 2 * VALUE_PADDING <= space->room)
		return true;
	char *wider = realloc(space->bytes, size + 2 * VALUE_PADDING);
	if (!wider)
		return false;
	space->bytes = wider;
	space->room = size + 2 * VALUE_PADDING;
	return true;
}

static void value_add(struct value *value, struct space *space, struct text raw, uint8_t kind)
{
	value_set(value, raw, kind, space->bytes + space->used);
	space->used += raw.length + VALUE_PADDING;
}

static struct value *value_at(struct matcher *m, uint32_t i)
{
	struct value *value = &m->values[i];
	if (value->epoch != m->part_epoch) {
		const struct event_field *field = &m->part->fields[i];
		value->epoch = m->part_epoch;
		value_add(value, &m->space, field->value, field->kind);
	}
	return value;
}

static bool has_text(uint8_t kind)
{
	return kind <= EVENT_FIELD_BOOL;
}

static struct value *joined_value(struct matcher *m, int which)
{
	struct joined *joined = &m->joined[which];
	struct text raw;
	if (joined->asked != m->event_epoch) {
		struct space space = {joined->folded, sizeof(joined->folded), VALUE_PADDING};
		joined->asked = m->event_epoch;
		if (m->set->join &&
		    m->set->join(m->set->join_context, m->event, (enum event_joined)which,
				 joined->scratch, &raw) &&
		    raw.length <= EVENT_JOINED_LONGEST) {
			joined->value.epoch = m->event_epoch;
			value_add(&joined->value, &space, raw, EVENT_FIELD_TEXT);
		}
	}
	return joined->value.epoch == m->event_epoch ? &joined->value : NULL;
}

/* One that the index does not look at: made when it is first asked for. */
static struct value *normalised_value(struct matcher *m, int which)
{
	struct value *value = &m->normalised[which];
	struct text raw;
	if (m->normalised_asked[which] != m->event_epoch) {
		struct space *space = &m->late[which];
		m->normalised_asked[which] = m->event_epoch;
		if (event_normalised_value(m->event, (enum event_normalised)which,
					   m->scratch[which], &raw) &&
		    space_reserve(space, raw.length)) {
			value->epoch = m->event_epoch;
			value_add(value, space, raw, EVENT_FIELD_TEXT);
		}
	}
	return value->epoch == m->event_epoch ? value : NULL;
}

/* A record's own key with a dot in it comes before what is found by descending. */
static bool is_shadowed(const struct event_part *part, const struct field *field,
			const struct event_field *value)
{
	if (!field->dotted || value->literal)
		return false;
	for (uint32_t i = part->first[field->number]; i; i = part->fields[i - 1].next)
		if (part->fields[i - 1].literal)
			return true;
	return false;
}

/* --- the index -------------------------------------------------------------- */

static void candidate_add(struct matcher *m, uint32_t rule, uint32_t epoch)
{
	if (m->seen[rule] == epoch || m->seen[rule] == m->event_epoch ||
	    !(m->rule_sources[rule] & m->source))
		return;
	m->seen[rule] = epoch;
	m->candidates[m->candidate_count++] = rule;
}

static void found(struct matcher *m, uint32_t atom, uint32_t epoch)
{
	if (m->found[atom] == epoch)
		return;
	m->found[atom] = epoch;
	const struct atom *a = &m->set->atoms[atom];
	for (uint32_t i = 0; i < a->waiting_count; i++)
		candidate_add(m, a->waiting[i], epoch);
}

/* Is the atom's literal where a key of it was met, at a place of t? */
static bool is_there(const struct atom *atom, const struct entry *entry, struct text t,
		     size_t place)
{
	struct text literal = atom->literal;
	if (place < entry->at || place - entry->at + literal.length > t.length)
		return false;
	size_t from = place - entry->at;
	bool starts = atom->kind == ATOM_EXACT || atom->kind == ATOM_PREFIX;
	bool ends = atom->kind == ATOM_EXACT || atom->kind == ATOM_SUFFIX;
	return (!starts || from == 0) && (!ends || from + literal.length == t.length) &&
	       (literal.length == 0 ||
		memcmp(literal.bytes, t.bytes + from, literal.length) == 0);
}

static void look_up(struct matcher *m, uint32_t field, uint64_t key, struct text t,
		    size_t place, uint32_t epoch)
{
	for (uint32_t i = index_find(m->index, key); i;) {
		const struct entry *entry = &m->index->entries[i - 1];
		const struct atom *atom = &m->set->atoms[entry->atom];
		i = entry->next;
		if (m->found[entry->atom] != epoch && atom->field == field &&
		    atom->kind != ATOM_CIDR && is_there(atom, entry, t, place))
			found(m, entry->atom, epoch);
	}
}

static void look_up_network(struct matcher *m, uint32_t field, uint64_t key,
			    const struct address *address, uint32_t epoch)
{
	for (uint32_t i = index_find(m->index, key); i;) {
		const struct entry *entry = &m->index->entries[i - 1];
		const struct atom *atom = &m->set->atoms[entry->atom];
		i = entry->next;
		if (atom->field == field && atom->kind == ATOM_CIDR &&
		    network_contains(&atom->network, address))
			found(m, entry->atom, epoch);
	}
}

static void look_for_networks(struct matcher *m, uint32_t number, struct value *value,
			      uint32_t epoch)
{
	const struct field *field = &m->set->fields[number];
	if (!value_is_address(value))
		return;
	for (unsigned i = 0; i < ARRAY_LENGTH(field->networks); i++) {
		for (uint64_t left = field->networks[i]; left; left &= left - 1) {
			unsigned prefix = i * 64 + (unsigned)__builtin_ctzll(left);
			uint64_t key = key_network(&value->address, prefix, field->seed);
			if (index_may_have(m->index, key))
				look_up_network(m, number, key, &value->address, epoch);
		}
	}
}

static inline void look_for_edges(struct matcher *m, uint32_t number, struct text t,
				  unsigned edges, enum key_kind kind, uint32_t epoch)
{
	const struct field *field = &m->set->fields[number];
	while (edges) {
		size_t n = edge_lengths[__builtin_ctz(edges)];
		edges &= edges - 1;
		if (n > t.length)
			return;
		size_t place = kind == KEY_PREFIX ? 0 : t.length - n;
		uint64_t key =
			key_edge(t.bytes + place, n, key_seed(field->seed, kind, n));
		if (index_may_have(m->index, key))
			look_up(m, number, key, t, place, epoch);
	}
}

static inline void look_for_grams(struct matcher *m, uint32_t number, struct text t,
				  size_t n, enum key_kind kind, uint32_t epoch)
{
	const struct index *index = m->index;
	uint64_t seed = key_seed(m->set->fields[number].seed, kind, n);
	for (size_t i = 0; i + n <= t.length; i++) {
		uint64_t key = key_mix(load_bytes(t.bytes + i, n), seed);
		if (UNLIKELY(index_may_have(index, key)))
			look_up(m, number, key, t, i, epoch);
	}
}

static bool has_length(const struct field *field, size_t length)
{
	return field->lengths >> (length < 63 ? length : 63) & 1;
}

static inline void look_for_exact(struct matcher *m, uint32_t number, struct text t,
				  uint32_t epoch)
{
	const struct field *field = &m->set->fields[number];
	uint64_t key = key_exact(t, field->seed);
	if (index_may_have(m->index, key))
		look_up(m, number, key, t, 0, epoch);
}

static void look_at(struct matcher *m, uint32_t number, struct value *value,
		    uint32_t epoch)
{
	const struct field *field = &m->set->fields[number];
	if (has_length(field, value->raw.length))
		look_for_exact(m, number, value_folded(value), epoch);
	if (UNLIKELY(value->digits_length) && has_length(field, value->digits_length)) {
		char digits[24 + 2 * VALUE_PADDING] = {0};
		memcpy(digits + VALUE_PADDING, value->digits, value->digits_length);
		look_for_exact(m, number,
			       (struct text){digits + VALUE_PADDING, value->digits_length}, epoch);
	}
	if (field->networks[0] | field->networks[1] | field->networks[2])
		look_for_networks(m, number, value, epoch);
	if (!(field->prefixes | field->suffixes | field->grams | field->short_grams))
		return;
	struct text t = value_folded(value);
	if (field->prefixes)
		look_for_edges(m, number, t, field->prefixes, KEY_PREFIX, epoch);
	if (field->suffixes)
		look_for_edges(m, number, t, field->suffixes, KEY_SUFFIX, epoch);
	if (field->grams)
		look_for_grams(m, number, t, 4, KEY_GRAM, epoch);
	if (field->short_grams)
		look_for_grams(m, number, t, 3, KEY_SHORT_GRAM, epoch);
}

static void look_at_part(struct matcher *m)
{
	const struct event_part *part = m->part;
	const struct index *index = m->index;
	bool any = m->set->fields[FIELD_ANY].sources & m->source;
	for (uint32_t i = 0; i < part->field_count; i++) {
		const struct event_field *value = &part->fields[i];
		uint32_t number = value->name_number < index->name_count
					  ? index->field_of_name[value->name_number]
					  : 0;
		const struct field *field = number ? &m->set->fields[number - 1] : NULL;
		if (field &&
		    (!(field->sources & m->source) || is_shadowed(part, field, value)))
			field = NULL;
		if (field && field->exists != SIGMA_NONE)
			found(m, field->exists, m->part_epoch);
		if ((!field && !any) || !has_text(value->kind))
			continue;
		struct value *v = value_at(m, i);
		if (field)
			look_at(m, number - 1, v, m->part_epoch);
		if (any)
			look_at(m, FIELD_ANY, v, m->part_epoch);
	}
}

/* --- single atoms ------------------------------------------------------------ */

struct value *matcher_value(struct matcher *m, const struct field *field, uint32_t *place)
{
	if (field->normalised >= 0) {
		return (*place)++ == 0 ? normalised_value(m, field->normalised) : NULL;
	}
	if (field->joined >= 0)
		return (*place)++ == 0 ? joined_value(m, field->joined) : NULL;
	const struct event_part *part = m->part;
	if (field->number == EVENT_NAME_NONE) {
		while (*place < part->field_count) {
			uint32_t i = (*place)++;
			if (has_text(part->fields[i].kind))
				return value_at(m, i);
		}
		return NULL;
	}
	while (*place != UINT32_MAX) {
		uint32_t i = *place ? part->fields[*place - 1].next
				    : part->first[field->number];
		*place = i ? i : UINT32_MAX;
		if (i && has_text(part->fields[i - 1].kind) &&
		    !is_shadowed(part, field, &part->fields[i - 1]))
			return value_at(m, i - 1);
	}
	return NULL;
}

static bool exists(struct matcher *m, const struct field *field)
{
	if (field->joined >= 0)
		return joined_value(m, field->joined) != NULL;
	return field->normalised >= 0
		       ? normalised_value(m, field->normalised) != NULL
		       : m->part->first[field->number] != 0;
}

/* Absent, or there as a null. */
static bool is_null(struct matcher *m, const struct field *field)
{
	if (!exists(m, field))
		return true;
	if (field->normalised >= 0 || field->joined >= 0)
		return false;
	for (uint32_t i = m->part->first[field->number]; i;
	     i = m->part->fields[i - 1].next)
		if (m->part->fields[i - 1].kind == EVENT_FIELD_NULL)
			return true;
	return false;
}

static bool reference(struct matcher *m, const struct atom *atom)
{
	const struct field *field = &m->set->fields[atom->field];
	const struct field *other = &m->set->fields[atom->other];
	uint32_t place = 0, other_place = 0;
	for (struct value *a; (a = matcher_value(m, field, &place));) {
		other_place = 0;
		for (struct value *b; (b = matcher_value(m, other, &other_place));)
			if (value_text_test((enum atom_kind)atom->comparison, value_as(atom, b),
					    value_as(atom, a)))
				return true;
	}
	return false;
}

static bool answer(struct matcher *m, const struct atom *atom)
{
	const struct field *field = &m->set->fields[atom->field];
	uint32_t place = 0;
	if (atom->kind == ATOM_EXISTS)
		return exists(m, field);
	if (atom->kind == ATOM_NULL)
		return is_null(m, field);
	if (atom->kind == ATOM_REFERENCE)
		return reference(m, atom);
	for (struct value *value; (value = matcher_value(m, field, &place));)
		if (value_test(value, atom, m->regex_work))
			return true;
	return false;
}

static bool atom_is_true(struct matcher *m, uint32_t number);

/* Nothing that the index knows speaks against it. */
static bool may_be_true(struct matcher *m, const struct atom *atom)
{
	for (uint32_t i = 0; i < atom->implied_count; i++)
		if (m->traits[atom->implied[i]].indexed &&
		    !atom_is_true(m, atom->implied[i]))
			return false;
	return true;
}

static bool atom_is_true(struct matcher *m, uint32_t number)
{
	struct trait trait = m->traits[number];
	uint32_t epoch = trait.normalised ? m->event_epoch : m->part_epoch;
	if (trait.indexed)
		return m->found[number] == epoch;
	if (m->known[number] != epoch) {
		const struct atom *atom = &m->set->atoms[number];
		m->truth[number] = may_be_true(m, atom) && answer(m, atom);
		m->known[number] = epoch;
	}
	return m->truth[number];
}

/* Depth is bounded by the parsers of YAML and of conditions. */
bool matcher_holds(struct matcher *m, const struct expression *e)
{
	switch (e->kind) {
	case EXPRESSION_ATOM:
		return atom_is_true(m, e->atom);
	case EXPRESSION_NOT:
		return !matcher_holds(m, e->children[0]);
	case EXPRESSION_AND:
		for (uint32_t i = 0; i < e->count; i++)
			if (!matcher_holds(m, e->children[i]))
				return false;
		return true;
	case EXPRESSION_OR:
		for (uint32_t i = 0; i < e->count; i++)
			if (matcher_holds(m, e->children[i]))
				return true;
		return false;
	case EXPRESSION_FALSE:
		break;
	}
	return false;
}

/* --- events --------------------------------------------------------------------- */

/* Numbers of rules ascend; a hit of an early rule in a late part comes out of order. */
static void hit_add(struct matcher *m, uint32_t rule)
{
	uint32_t i = m->hit_count++;
	for (; i && m->hits[i - 1] > rule; i--)
		m->hits[i] = m->hits[i - 1];
	m->hits[i] = rule;
	m->hit[rule] = m->event_epoch;
}

/* What is known by number was judged when the rules were compiled. */
static void take_codes(struct matcher *m)
{
	const bool joined = m->set->join;
	for (uint32_t i = 0; i < m->coded_count; i++) {
		const struct coded *coded = &m->coded[i];
		const struct verdicts *v =
			&coded->verdicts[event_normalised_code(m->event, coded->which)];
		for (uint32_t k = 0; k < v->atom_count; k++)
			m->found[v->atoms[k]] = m->event_epoch;
		for (uint32_t k = 0; k < v->rule_count[joined]; k++)
			candidate_add(m, v->rules[joined][k], m->event_epoch);
	}
}

/* The values that the decoder normalised, for all parts; then rules without a witness. */
static void event_begin(struct matcher *m, const struct event *event)
{
	const struct index *index = m->index;
	size_t size = 0;
	m->event_epoch = m->part_epoch = ++m->epoch;
	m->event = event;
	m->source = 1u << event->source;
	m->rule_sources = m->set->join ? m->sources_joined : m->sources_alone;
	m->candidate_count = m->hit_count = 0;
	take_codes(m);
	struct text texts[EVENT_N_COUNT];
	bool there[EVENT_N_COUNT];
	for (uint32_t i = 0; i < index->normalised_count; i++) {
		int which = m->set->fields[index->normalised[i]].normalised;
		there[which] = event_normalised_value(event, (enum event_normalised)which,
						      m->scratch[which], &texts[which]);
		size += there[which] ? texts[which].length + VALUE_PADDING : 0;
	}
	if (!space_reserve(&m->normalised_space, size))
		return;
	for (uint32_t i = 0; i < index->normalised_count; i++) {
		uint32_t number = index->normalised[i];
		const struct field *field = &m->set->fields[number];
		struct value *value = &m->normalised[field->normalised];
		m->normalised_asked[field->normalised] = m->event_epoch;
		if (there[field->normalised]) {
			value->epoch = m->event_epoch;
			value_add(value, &m->normalised_space, texts[field->normalised],
				  EVENT_FIELD_TEXT);
		}
		if (!(field->sources & m->source))
			continue;
		if (!there[field->normalised]) {
			if (field->missing != SIGMA_NONE)
				found(m, field->missing, m->event_epoch);
			continue;
		}
		if (field->exists != SIGMA_NONE)
			found(m, field->exists, m->event_epoch);
		look_at(m, number, value, m->event_epoch);
	}
	for (uint32_t i = 0; i < index->always_count; i++)
		candidate_add(m, index->always[i], m->event_epoch);
}

static bool part_begin(struct matcher *m, const struct event_part *part)
{
	size_t size = 0;
	m->part = part;
	m->part_epoch = ++m->epoch;
	for (uint32_t i = 0; i < part->field_count; i++)
		size += part->fields[i].value.length + VALUE_PADDING;
	if (part->field_count > m->value_room) {
		struct value *wider =
			realloc(m->values, part->field_count * sizeof(*wider));
		if (!wider)
			return false;
		memset(wider + m->value_room, 0,
		       (part->field_count - m->value_room) * sizeof(*wider));
		m->values = wider;
		m->value_room = part->field_count;
	}
	return space_reserve(&m->space, size);
}

static void epochs_restart(struct matcher *m)
{
	size_t atoms = m->set->atom_count, rules = m->set->rule_count;
	memset(m->found, 0, atoms * sizeof(uint32_t));
	memset(m->known, 0, atoms * sizeof(uint32_t));
	memset(m->seen, 0, rules * sizeof(uint32_t));
	memset(m->hit, 0, rules * sizeof(uint32_t));
	memset(m->values, 0, m->value_room * sizeof(*m->values));
	memset(m->normalised, 0, sizeof(m->normalised));
	memset(m->normalised_asked, 0, sizeof(m->normalised_asked));
	for (int i = 0; i < EVENT_J_COUNT; i++)
		m->joined[i].asked = m->joined[i].value.epoch = 0;
	m->epoch = 0;
}

void matcher_begin(struct matcher *m, const struct event *event)
{
	if (m->epoch > EPOCH_LIMIT - event->part_count)
		epochs_restart(m);
	event_begin(m, event);
}

bool matcher_part(struct matcher *m, uint32_t part)
{
	if (!part_begin(m, m->event->part_count ? &m->event->parts[part] : &m->nothing))
		return false;
	look_at_part(m);
	return true;
}

size_t sigma_set_match(struct sigma_set *set, const struct event *event,
		       const uint32_t **ret_rules)
{
	struct matcher *m = set->matcher;
	*ret_rules = m->hits;
	matcher_begin(m, event);
	uint32_t common = m->candidate_count;
	for (uint32_t p = 0; p < event->part_count || p == 0; p++) {
		m->candidate_count = common;
		if (!matcher_part(m, p))
			continue;
		for (uint32_t i = 0; i < m->candidate_count; i++) {
			uint32_t rule = m->candidates[i];
			if (m->hit[rule] != m->event_epoch &&
			    matcher_holds(m, set->rules[rule]->when))
				hit_add(m, rule);
		}
	}
	return m->hit_count;
}

uint64_t sigma_set_given_up(const struct sigma_set *set)
{
	return set->matcher ? regex_work_given_up(set->matcher->regex_work) : 0;
}

/* The same for every part of the event. */
static bool is_of_event(const struct field *field)
{
	return field->normalised >= 0 || field->joined >= 0;
}

/* Lists while they are made. */
struct drafts {
	uint32_t *atoms, *rules;
	bool *waits; /* of rules: for one of the atoms */
};

static bool keep(struct matcher *m, const uint32_t *draft, uint32_t count, uint32_t **ret)
{
	*ret = arena_get_many(m->arena, count + 1, sizeof(**ret));
	if (*ret && count)
		memcpy(*ret, draft, count * sizeof(**ret));
	return *ret;
}

/* Those that wait and are for some source. */
static bool keep_waiting(struct matcher *m, const struct drafts *drafts, const uint32_t *sources,
			 uint32_t **ret, uint32_t *ret_count)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < m->set->rule_count; i++)
		if (drafts->waits[i] && sources[i])
			drafts->rules[count++] = i;
	*ret_count = count;
	return keep(m, drafts->rules, count, ret);
}

/* Is the atom true of a field that has this value, or (NULL) none? */
static bool is_true_of(struct matcher *m, const struct atom *atom, struct value *value)
{
	if (atom->kind == ATOM_EXISTS || atom->kind == ATOM_NULL)
		return (value != NULL) == (atom->kind == ATOM_EXISTS);
	return value && value_test(value, atom, m->regex_work);
}

/* What the value of that number makes true. False: memory. */
static bool verdicts_make(struct matcher *m, uint32_t field, unsigned code,
			  const struct drafts *drafts, struct verdicts *ret)
{
	const struct sigma_set *set = m->set;
	const int which = set->fields[field].normalised;
	struct event event = {0};
	event_normalised_code_set(&event, (enum event_normalised)which, code);
	m->event = &event;
	m->event_epoch = ++m->epoch;
	struct value *value = normalised_value(m, which);
	memset(drafts->waits, 0, set->rule_count * sizeof(*drafts->waits));
	for (uint32_t i = 0; i < set->atom_count; i++) {
		const struct atom *atom = &set->atoms[i];
		if (atom->field != field || !atom->indexed || !is_true_of(m, atom, value))
			continue;
		drafts->atoms[ret->atom_count++] = i;
		for (uint32_t k = 0; k < atom->waiting_count; k++)
			drafts->waits[atom->waiting[k]] = true;
	}
	return keep(m, drafts->atoms, ret->atom_count, &ret->atoms) &&
	       keep_waiting(m, drafts, m->sources_alone, &ret->rules[0], &ret->rule_count[0]) &&
	       keep_waiting(m, drafts, m->sources_joined, &ret->rules[1], &ret->rule_count[1]);
}

static bool coded_make(struct matcher *m, const struct drafts *drafts)
{
	const struct sigma_set *set = m->set;
	for (uint32_t i = 0; i < set->field_count; i++) {
		if (!field_is_coded(&set->fields[i]))
			continue;
		struct coded *coded = &m->coded[m->coded_count++];
		coded->which = (enum event_normalised)set->fields[i].normalised;
		unsigned codes = event_normalised_codes(coded->which);
		coded->verdicts = arena_get_many(m->arena, codes, sizeof(*coded->verdicts));
		for (unsigned code = 0; code < codes; code++)
			if (!coded->verdicts ||
			    !verdicts_make(m, i, code, drafts, &coded->verdicts[code]))
				return false;
	}
	return true;
}

static bool coded_new(struct matcher *m)
{
	struct drafts drafts = {
		.atoms = calloc(m->set->atom_count + 1, sizeof(uint32_t)),
		.rules = calloc(m->set->rule_count + 1, sizeof(uint32_t)),
		.waits = calloc(m->set->rule_count + 1, sizeof(bool)),
	};
	m->coded = arena_get_many(m->arena, EVENT_N_COUNT, sizeof(*m->coded));
	bool made = drafts.atoms && drafts.rules && drafts.waits && m->coded &&
		    coded_make(m, &drafts);
	m->event = NULL;
	free(drafts.atoms);
	free(drafts.rules);
	free(drafts.waits);
	return made;
}

static bool tables_new(struct matcher *m)
{
	struct sigma_set *set = m->set;
	size_t atoms = set->atom_count + 1, rules = set->rule_count + 1;
	struct trait *traits = arena_get_many(m->arena, atoms, sizeof(*traits));
	uint32_t *sources = arena_get_many(m->arena, rules, sizeof(*sources));
	uint32_t *alone = arena_get_many(m->arena, rules, sizeof(*alone));
	m->found = arena_get_many(m->arena, atoms, sizeof(uint32_t));
	m->known = arena_get_many(m->arena, atoms, sizeof(uint32_t));
	m->truth = arena_get_many(m->arena, atoms, sizeof(bool));
	m->seen = arena_get_many(m->arena, rules, sizeof(uint32_t));
	m->hit = arena_get_many(m->arena, rules, sizeof(uint32_t));
	m->candidates = arena_get_many(m->arena, rules, sizeof(uint32_t));
	m->hits = arena_get_many(m->arena, rules, sizeof(uint32_t));
	m->joined = arena_get_many(m->arena, EVENT_J_COUNT, sizeof(*m->joined));
	m->nothing.first = arena_get_many(m->arena, event_names_count(set->names) + 1,
					  sizeof(uint32_t));
	m->value_room = 64;
	m->values = calloc(m->value_room, sizeof(*m->values));
	if (!traits || !sources || !alone || !m->found || !m->known || !m->truth || !m->seen ||
	    !m->hit || !m->candidates || !m->hits || !m->joined || !m->values || !m->nothing.first)
		return false;
	for (uint32_t i = 0; i < set->atom_count; i++) {
		const struct atom *atom = &set->atoms[i];
		traits[i].indexed = atom->indexed;
		traits[i].normalised = is_of_event(&set->fields[atom->field]) &&
				       (atom->kind != ATOM_REFERENCE ||
					is_of_event(&set->fields[atom->other]));
	}
	for (uint32_t i = 0; i < set->atom_count; i++)
		if (set->atoms[i].regex &&
		    !regex_work_prepare(m->regex_work, set->atoms[i].regex))
			return false;
	for (uint32_t i = 0; i < set->rule_count; i++)
		sources[i] = set->rules[i]->sources;
	for (uint32_t i = 0; i < set->rule_count; i++)
		alone[i] = set->rules[i]->depends_on_joined ? 0 : sources[i];
	m->traits = traits;
	m->sources_joined = sources;
	m->sources_alone = alone;
	return space_reserve(&m->space, SPACE_AT_FIRST) &&
	       space_reserve(&m->normalised_space, SPACE_AT_FIRST) && coded_new(m);
}

struct matcher *matcher_new(struct sigma_set *set, struct err *err)
{
	struct matcher *m = calloc(1, sizeof(*m));
	if (m) {
		m->set = set;
		m->index = set->index;
		m->regex_work = regex_work_new();
		m->arena = arena_new(SET_MEMORY_LIMIT);
		if (m->regex_work && m->arena && tables_new(m))
			return m;
	}
	matcher_free(m);
	err_set(err, ERR_MEMORY, "out of memory compiling rules");
	return NULL;
}

void matcher_free(struct matcher *m)
{
	if (!m)
		return;
	regex_work_free(m->regex_work);
	free(m->values);
	free(m->space.bytes);
	free(m->normalised_space.bytes);
	for (int i = 0; i < EVENT_N_COUNT; i++)
		free(m->late[i].bytes);
	arena_free(m->arena);
	free(m);
}
