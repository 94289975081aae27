#include "sigma/index.h"

#define INDEX_MEMORY_LIMIT (512u << 20)
/* An "or" over one field with more texts than this is decided by the index alone. */
#define MANY_VALUES 8
/* An edge that more literals than this have is no good key. */
#define CROWD 4

struct build {
	struct sigma_set *set;
	struct index *index;
	struct arena *scratch;
	bool *wanted; /* atoms to be found by the index */
	size_t atoms_room;
	struct map grams; /* how many literals have a gram */
	struct map edges; /* how many literals have an edge */
};

/* --- the witness of an expression ---------------------------------------- */

/* Atoms one of which must be true where the expression is; cost: how often they are. */
struct witness {
	bool known;
	uint64_t cost;
	uint32_t *atoms;
	size_t count;
};

/* Networks of an IPv4 /24, or of an IPv6 /48, are rare; great ones are not. */
static uint64_t cost_of_network(const struct network *network)
{
	unsigned bits =
		network->prefix >= 96 ? network->prefix - 96 : network->prefix / 2;
	return bits >= 24 ? 12 : bits >= 16 ? 60 : bits >= 8 ? 300 : 900;
}

/* Ordinary records say that somebody read something, and could; 0: this is of another kind. */
static uint64_t cost_of_deed(const struct field *field, const struct atom *atom)
{
	if (atom->kind != ATOM_EXACT)
		return 0;
	if (field->normalised == EVENT_N_OUTCOME)
		return text_equal(atom->literal, TEXT("success")) ? 12000 : 1200;
	if (field->normalised == EVENT_N_ACTION)
		return text_equal(atom->literal, TEXT("read")) ? 6000 : 1200;
	/* Whole logs are of one kind. */
	return field->normalised == EVENT_N_SOURCE ? 20000 : 0;
}

static uint64_t cost_of(const struct sigma_set *set, const struct atom *atom)
{
	static const uint64_t by_length[] = {900, 500, 200, 60, 16, 12, 8,
					     6,	  4,   4,   4,	4,  3};
	size_t n = atom->literal.length;
	bool normalised = set->fields[atom->field].normalised >= 0;
	uint64_t cost = cost_of_deed(&set->fields[atom->field], atom);
	if (cost)
		return cost;
	if (atom->kind == ATOM_EXISTS)
		cost = 1000;
	else if (atom->kind == ATOM_NULL)
		cost = set->fields[atom->field].normalised == EVENT_N_ACTOR ? 12 : 900;
	else if (atom->kind == ATOM_CIDR)
		cost = cost_of_network(&atom->network);
	else if (atom->kind == ATOM_EXACT)
		cost = n >= 6 ? 3 : 12;
	else
		cost = by_length[n < ARRAY_LENGTH(by_length)
					 ? n
					 : ARRAY_LENGTH(by_length) - 1];
	return cost * (normalised ? 20 : 1) * (1 + atom->uses);
}

/* The cheapest atom that is true wherever this one is, and findable; or SIGMA_NONE. */
static uint32_t findable_for(const struct sigma_set *set, uint32_t number)
{
	const struct atom *atom = &set->atoms[number];
	uint32_t best = SIGMA_NONE;
	uint64_t best_cost = UINT64_MAX;
	if (atom_is_findable(set, atom))
		return number;
	for (uint32_t i = 0; i < atom->implied_count; i++) {
		uint64_t cost = cost_of(set, &set->atoms[atom->implied[i]]);
		if (cost < best_cost) {
			best = atom->implied[i];
			best_cost = cost;
		}
	}
	return best;
}

static struct witness witness_of(struct build *build, const struct expression *e);

static struct witness witness_of_atom(struct build *build, uint32_t number)
{
	struct witness w = {0};
	uint32_t found = findable_for(build->set, number);
	if (found == SIGMA_NONE)
		return w;
	w.atoms = arena_get(build->scratch, sizeof(*w.atoms));
	if (!w.atoms)
		return w;
	w.atoms[0] = found;
	w.count = 1;
	w.known = true;
	w.cost = cost_of(build->set, &build->set->atoms[found]);
	return w;
}

static struct witness cheapest_of(struct build *build, const struct expression *e)
{
	struct witness best = {0};
	for (uint32_t i = 0; i < e->count; i++) {
		struct witness w = witness_of(build, e->children[i]);
		if (w.known && (!best.known || w.cost < best.cost))
			best = w;
	}
	return best;
}

static struct witness all_of(struct build *build, const struct expression *e)
{
	struct witness sum = {.known = true};
	struct witness *parts =
		arena_get_many(build->scratch, e->count + 1, sizeof(*parts));
	if (!parts)
		return (struct witness){0};
	for (uint32_t i = 0; i < e->count; i++) {
		parts[i] = witness_of(build, e->children[i]);
		if (!parts[i].known)
			return (struct witness){0};
		sum.count += parts[i].count;
		sum.cost += parts[i].cost;
	}
	sum.atoms = arena_get_many(build->scratch, sum.count + 1, sizeof(*sum.atoms));
	if (!sum.atoms)
		return (struct witness){0};
	sum.count = 0;
	for (uint32_t i = 0; i < e->count; i++)
		for (size_t k = 0; k < parts[i].count; k++)
			sum.atoms[sum.count++] = parts[i].atoms[k];
	return sum;
}

/* Unknown where the expression can be true of an event that has nothing. */
static struct witness witness_of(struct build *build, const struct expression *e)
{
	switch (e->kind) {
	case EXPRESSION_ATOM:
		return witness_of_atom(build, e->atom);
	case EXPRESSION_AND:
		return cheapest_of(build, e);
	case EXPRESSION_OR:
		return all_of(build, e);
	case EXPRESSION_FALSE:
		return (struct witness){.known = true};
	case EXPRESSION_NOT:
		break;
	}
	return (struct witness){0};
}

/* --- which atoms, and who waits for them ---------------------------------- */

static bool count_uses(struct build *build, const struct expression *e)
{
	struct sigma_set *set = build->set;
	bool ok = true;
	if (e->kind == EXPRESSION_ATOM) {
		ok = atom_find_implied(set, build->scratch, e->atom);
		const struct atom *atom = &set->atoms[e->atom];
		set->atoms[e->atom].uses++;
		for (uint32_t i = 0; i < atom->implied_count; i++)
			set->atoms[atom->implied[i]].uses++;
	}
	for (uint32_t i = 0; i < e->count; i++)
		ok = ok && count_uses(build, e->children[i]);
	return ok;
}

/* What a value that is known by number makes true needs no table of keys. */
static void index_coded(struct sigma_set *set)
{
	for (uint32_t i = 0; i < set->atom_count; i++)
		set->atoms[i].indexed = field_is_coded(&set->fields[set->atoms[i].field]) &&
					set->atoms[i].kind != ATOM_REFERENCE;
}

/* How dear an expression is to evaluate: cheap ones come first. */
static unsigned price_of(const struct sigma_set *set, const struct expression *e)
{
	unsigned price = 0;
	if (e->kind == EXPRESSION_ATOM) {
		const struct atom *atom = &set->atoms[e->atom];
		unsigned each = atom->kind == ATOM_REGEX     ? 1000
				: atom_is_joined(set, atom)   ? 200
				: atom->kind == ATOM_PATTERN ? 20
				: atom->kind == ATOM_CIDR    ? 10
				: atom->indexed               ? 1
				: atom_is_findable(set, atom) ? 2
							     : 4;
		return atom->field == FIELD_ANY ? each * 8 : each;
	}
	for (uint32_t i = 0; i < e->count; i++)
		price += price_of(set, e->children[i]);
	return price;
}

struct priced {
	unsigned price;
	uint32_t place;
	struct expression *child;
};

static int compare_price(const void *a, const void *b)
{
	const struct priced *x = a, *y = b;
	if (x->price != y->price)
		return x->price < y->price ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static void order_children(struct build *build, struct expression *e)
{
	struct priced *list;
	for (uint32_t i = 0; i < e->count; i++)
		order_children(build, e->children[i]);
	if (e->count < 2)
		return;
	list = arena_get_many(build->scratch, e->count, sizeof(*list));
	if (!list)
		return;
	for (uint32_t i = 0; i < e->count; i++)
		list[i] = (struct priced){price_of(build->set, e->children[i]), i,
					  e->children[i]};
	qsort(list, e->count, sizeof(*list), compare_price);
	for (uint32_t i = 0; i < e->count; i++)
		e->children[i] = list[i].child;
}

static bool want(struct build *build, uint32_t atom)
{
	if (atom >= build->atoms_room) {
		size_t room = build->set->atom_count + 1024;
		bool *wider = realloc(build->wanted, room * sizeof(bool));
		if (!wider)
			return false;
		memset(wider + build->atoms_room, 0, room - build->atoms_room);
		build->wanted = wider;
		build->atoms_room = room;
	}
	build->wanted[atom] = true;
	return true;
}

/* Long lists, and what keeps the door of an expression that is dear to search for. */
static bool want_helpers(struct build *build, const struct expression *e)
{
	bool ok = true;
	if (e->kind == EXPRESSION_ATOM && build->set->atoms[e->atom].kind == ATOM_REGEX) {
		uint32_t keeper = findable_for(build->set, e->atom);
		return keeper == SIGMA_NONE || want(build, keeper);
	}
	if (e->kind == EXPRESSION_OR && e->count > MANY_VALUES)
		for (uint32_t i = 0; i < e->count; i++)
			if (e->children[i]->kind == EXPRESSION_ATOM &&
			    atom_is_findable(build->set,
					     &build->set->atoms[e->children[i]->atom]))
				ok = ok && want(build, e->children[i]->atom);
	for (uint32_t i = 0; i < e->count; i++)
		ok = ok && want_helpers(build, e->children[i]);
	return ok;
}

static bool wait_for(struct build *build, uint32_t atom, uint32_t rule)
{
	struct atom *a = &build->set->atoms[atom];
	uint32_t n = a->waiting_count;
	if (n && a->waiting[n - 1] == rule)
		return true;
	if ((n & (n - 1)) == 0) { /* full at each power of two */
		uint32_t *wider = arena_get_many(build->index->arena, n ? n * 2 : 1,
						 sizeof(*wider));
		if (!wider)
			return false;
		if (n)
			memcpy(wider, a->waiting, n * sizeof(*wider));
		a->waiting = wider;
	}
	a->waiting[a->waiting_count++] = rule;
	return want(build, atom);
}

static bool place_rule(struct build *build, uint32_t number)
{
	struct rule *rule = build->set->rules[number];
	struct witness w = witness_of(build, rule->when);
	rule->always = !w.known;
	if (rule->always)
		build->index->always[build->index->always_count++] = number;
	for (size_t i = 0; i < w.count; i++)
		if (!wait_for(build, w.atoms[i], number))
			return false;
	return want_helpers(build, rule->when);
}

/* --- the table of keys ---------------------------------------------------- */

static unsigned edge_of(size_t length)
{
	unsigned edge = 0;
	while (edge + 1 < EDGES && edge_lengths[edge + 1] <= length)
		edge++;
	return edge;
}

static void count_one(struct map *map, struct text t)
{
	bool new;
	union map_value *v = map_add(map, t, &new);
	if (v)
		v->number++;
}

static uint64_t count_get(const struct map *map, struct text t)
{
	const union map_value *v = map_find(map, t);
	return v ? v->number : 0;
}

/* The edge of a prefix or suffix that would be its key. */
static struct text edge_text(const struct atom *atom)
{
	struct text literal = atom->literal;
	size_t n = edge_lengths[edge_of(literal.length)];
	return atom->kind == ATOM_PREFIX ? text_head(literal, n)
					 : text_skip(literal, literal.length - n);
}

/* Is it found by four of its bytes? A prefix or suffix where many share its edge. */
static bool has_gram(const struct build *build, const struct atom *atom)
{
	if (atom->literal.length < 4)
		return false;
	return atom->kind == ATOM_CONTAINS ||
	       ((atom->kind == ATOM_PREFIX || atom->kind == ATOM_SUFFIX) &&
		count_get(&build->edges, edge_text(atom)) > CROWD);
}

static void gram_count(struct build *build, struct text literal)
{
	for (size_t i = 0; i + 4 <= literal.length; i++)
		count_one(&build->grams, (struct text){literal.bytes + i, 4});
}

/* The gram of a literal that the fewest literals have. */
static uint32_t gram_choose(const struct build *build, struct text literal)
{
	uint32_t best = 0;
	uint64_t fewest = UINT64_MAX;
	for (size_t i = 0; i + 4 <= literal.length; i++) {
		uint64_t count =
			count_get(&build->grams, (struct text){literal.bytes + i, 4});
		if (count < fewest) {
			fewest = count;
			best = (uint32_t)i;
		}
	}
	return best;
}

/* A literal with eight readable bytes on either side. */
static const char *padded(struct build *build, struct text literal)
{
	char *copy = arena_get(build->scratch, literal.length + 16);
	if (copy && literal.length)
		memcpy(copy + 8, literal.bytes, literal.length);
	return copy ? copy + 8 : NULL;
}

static bool key_of(struct build *build, const struct atom *atom, uint64_t *ret_key,
		   uint32_t *ret_at)
{
	struct field *field = &build->set->fields[atom->field];
	const char *p = padded(build, atom->literal);
	size_t n = atom->literal.length;
	*ret_at = 0;
	if (!p)
		return false;
	if (atom->kind == ATOM_CIDR) {
		unsigned prefix = atom->network.prefix;
		field->networks[prefix / 64] |= 1ULL << prefix % 64;
		*ret_key = key_network(&atom->network.address, prefix, field->seed);
	} else if (atom->kind == ATOM_EXACT) {
		field->lengths |= 1ULL << (n < 63 ? n : 63);
		*ret_key = key_exact((struct text){p, n}, field->seed);
	} else if (has_gram(build, atom)) {
		field->grams = true;
		*ret_at = gram_choose(build, atom->literal);
		*ret_key = key_mix(load_bytes(p + *ret_at, 4),
				   key_seed(field->seed, KEY_GRAM, 4));
	} else if (atom->kind == ATOM_CONTAINS) {
		field->short_grams = true;
		*ret_key = key_mix(load_bytes(p, 3),
				   key_seed(field->seed, KEY_SHORT_GRAM, 3));
	} else {
		unsigned edge = edge_of(n);
		size_t length = edge_lengths[edge];
		bool prefix = atom->kind == ATOM_PREFIX;
		if (prefix)
			field->prefixes |= (uint16_t)(1u << edge);
		else
			field->suffixes |= (uint16_t)(1u << edge);
		*ret_at = prefix ? 0 : (uint32_t)(n - length);
		*ret_key = key_edge(
			p + *ret_at, length,
			key_seed(field->seed, prefix ? KEY_PREFIX : KEY_SUFFIX, length));
	}
	return true;
}

static bool table_new(struct index *index, size_t count)
{
	unsigned bits = 10;
	size_t slots = 64;
	while ((1ULL << bits) < count * 16)
		bits++;
	while (slots < count * 2)
		slots *= 2;
	index->bits_shift = 64 - bits;
	index->bits = arena_get_many(index->arena, (1ULL << bits) / 64, sizeof(uint64_t));
	index->slots = arena_get_many(index->arena, slots, sizeof(*index->slots));
	index->slot_mask = slots - 1;
	index->entries = arena_get_many(index->arena, count + 1, sizeof(*index->entries));
	return index->bits && index->slots && index->entries;
}

static void table_add(struct index *index, uint64_t key, uint32_t atom, uint32_t at)
{
	uint64_t bit = key >> index->bits_shift;
	index->bits[bit >> 6] |= 1ULL << (bit & 63);
	size_t i = (size_t)(key >> 17) & index->slot_mask;
	while (index->slots[i].first && index->slots[i].key != key)
		i = (i + 1) & index->slot_mask;
	struct entry *entry = &index->entries[index->entry_count++];
	*entry = (struct entry){atom, index->slots[i].first, at};
	index->slots[i] = (struct key_slot){key, index->entry_count};
}

/* Counts what the wanted literals share; returns how many are wanted. */
static size_t count_shared(struct build *build)
{
	const struct sigma_set *set = build->set;
	size_t count = 0;
	for (uint32_t i = 0; i < set->atom_count && i < build->atoms_room; i++) {
		const struct atom *atom = &set->atoms[i];
		count += build->wanted[i];
		if (build->wanted[i] &&
		    (atom->kind == ATOM_PREFIX || atom->kind == ATOM_SUFFIX))
			count_one(&build->edges, edge_text(atom));
	}
	for (uint32_t i = 0; i < set->atom_count && i < build->atoms_room; i++)
		if (build->wanted[i] && has_gram(build, &set->atoms[i]))
			gram_count(build, set->atoms[i].literal);
	return count;
}

static bool build_table(struct build *build)
{
	struct sigma_set *set = build->set;
	size_t count = count_shared(build);
	if (!table_new(build->index, count))
		return false;
	for (uint32_t i = 0; i < set->atom_count && i < build->atoms_room; i++) {
		struct atom *atom = &set->atoms[i];
		uint64_t key;
		uint32_t at;
		if (!build->wanted[i] || atom->indexed)
			continue;
		atom->indexed = true;
		if (atom->kind == ATOM_EXISTS) {
			set->fields[atom->field].exists = i;
			continue;
		}
		if (atom->kind == ATOM_NULL) {
			set->fields[atom->field].missing = i;
			continue;
		}
		if (!key_of(build, atom, &key, &at))
			return false;
		table_add(build->index, key, i, at);
	}
	return true;
}

/* --- fields ---------------------------------------------------------------- */

static void field_seeds(struct sigma_set *set)
{
	/* Not secret: values that collide cost a comparison, no more. */
	uint64_t seed = 0x243F6A8885A308D3u;
	for (uint32_t i = 0; i < set->field_count; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		set->fields[i].seed = seed;
	}
}

static void ask_fields(struct sigma_set *set, const struct expression *e,
		       uint32_t sources)
{
	if (e->kind == EXPRESSION_ATOM) {
		const struct atom *atom = &set->atoms[e->atom];
		bool indexed = atom->indexed;
		for (uint32_t i = 0; i < atom->implied_count; i++)
			indexed |= set->atoms[atom->implied[i]].indexed;
		if (indexed)
			set->fields[atom->field].sources |= sources;
	}
	for (uint32_t i = 0; i < e->count; i++)
		ask_fields(set, e->children[i], sources);
}

/*
 * A field is looked at only in events of the sources that some rule with
 * one of its indexed atoms is for.
 */
static void field_sources(struct sigma_set *set)
{
	for (uint32_t i = 0; i < set->rule_count; i++)
		if (set->rules[i]->when && set->rules[i]->sources)
			ask_fields(set, set->rules[i]->when, set->rules[i]->sources);
	for (uint32_t i = 0; i < set->atom_count; i++)
		for (uint32_t k = 0; k < set->atoms[i].waiting_count; k++)
			set->fields[set->atoms[i].field].sources |=
				set->rules[set->atoms[i].waiting[k]]->sources;
}

/* Whether the index has anything to find in its values. */
static bool is_looked_at(const struct field *field)
{
	return field->lengths || field->prefixes || field->suffixes || field->grams ||
	       field->short_grams || field->networks[0] || field->networks[1] ||
	       field->networks[2] || field->exists != SIGMA_NONE || field->missing != SIGMA_NONE;
}

static bool name_table(struct build *build)
{
	struct sigma_set *set = build->set;
	struct index *index = build->index;
	index->name_count = event_names_count(set->names);
	index->field_of_name = arena_get_many(index->arena, index->name_count + 1,
					      sizeof(*index->field_of_name));
	index->normalised = arena_get_many(index->arena, set->field_count + 1,
					   sizeof(*index->normalised));
	if (!index->field_of_name || !index->normalised)
		return false;
	for (uint32_t i = 0; i < set->field_count; i++) {
		if (set->fields[i].normalised >= 0 && is_looked_at(&set->fields[i]))
			index->normalised[index->normalised_count++] = i;
		else if (set->fields[i].normalised >= 0)
			continue;
		else if (set->fields[i].number != EVENT_NAME_NONE)
			index->field_of_name[set->fields[i].number] = i + 1;
	}
	return true;
}

static bool build_all(struct build *build)
{
	struct sigma_set *set = build->set;
	build->index->always = arena_get_many(build->index->arena, set->rule_count + 1,
					      sizeof(uint32_t));
	if (!build->index->always)
		return false;
	for (uint32_t i = 0; i < set->rule_count; i++)
		if (set->rules[i]->when && set->rules[i]->sources)
			if (!count_uses(build, set->rules[i]->when))
				return false;
	index_coded(set);
	for (uint32_t i = 0; i < set->rule_count; i++) {
		if (!set->rules[i]->when || !set->rules[i]->sources)
			continue;
		order_children(build, set->rules[i]->when);
		if (!place_rule(build, i))
			return false;
	}
	field_seeds(set);
	if (!build_table(build))
		return false;
	field_sources(set);
	return name_table(build);
}

struct index *index_new(struct sigma_set *set, struct err *err)
{
	CLEAN(arena) struct arena *scratch = arena_new(INDEX_MEMORY_LIMIT);
	struct arena *arena = arena_new(INDEX_MEMORY_LIMIT);
	struct index *index = arena ? arena_get(arena, sizeof(*index)) : NULL;
	struct build build = {.set = set, .index = index, .scratch = scratch};
	bool done = false;

	if (index && scratch) {
		index->arena = arena;
		map_init(&build.grams);
		map_init(&build.edges);
		done = build_all(&build);
		map_done(&build.grams);
		map_done(&build.edges);
		free(build.wanted);
	}
	if (done)
		return index;
	arena_free(arena);
	err_set(err, ERR_MEMORY, "out of memory compiling rules");
	return NULL;
}

void index_free(struct index *index)
{
	if (index)
		arena_free(index->arena);
}
