#include "exercise/world.h"
#include "exercise/random.h"

#define FIRST_UID 1001
#define UNCLASSIFIED "U"
/* Of random numbers, away from those of the contractors. */
#define PURPOSE_CAST 0x300000u

struct firm {
	const char *code, *name, *programme, *folder, *prefix;
};

static const struct firm firms[] = {
	{"TORVANE", "Torvane Guidance Works", "Greyling torpedo guidance", "greyling",
	 "tor"},
	{"HALLOWMERE", "Hallowmere Radar House", "Lantern Gate coastal radar",
	 "lantern-gate", "hal"},
	{"BRACKENFELL", "Brackenfell Composites", "Whinchat Wing airframe",
	 "whinchat-wing", "bra"},
	{"QUILLFIRE", "Quillfire Fuze Company", "Emberlock munitions fuze", "emberlock",
	 "qui"},
	{"MERIDEW", "Meridew Satlink", "Farcall satellite link", "farcall", "mer"},
	{"CORRIGARTH", "Corrigarth Marine Drives", "Tidewright naval propulsion",
	 "tidewright", "cor"},
};

static const char *const surnames[] = {
	"Abbeyford",  "Alderwick",  "Bannerly",	 "Birchall",  "Caxmoor",   "Cordwent",
	"Dunmarsh",   "Eastlake",   "Fennimore", "Fulbrook",  "Garrowby",  "Greatrix",
	"Hathersey",  "Holmwood",   "Inglebeck", "Jessamy",   "Kettleby",  "Lanyard",
	"Larkfield",  "Marrowby",   "Millthorp", "Netherway", "Oakhanger", "Orchardson",
	"Pellamore",  "Quarrell",   "Ravensby",	 "Rushmere",  "Sallowfen", "Stannard",
	"Tallentyre", "Thornewill", "Underhay",	 "Venmore",   "Wetherall", "Yarrowdale",
};
static const char *const given_names[] = {
	"Ada", "Bea",  "Carl", "Dora", "Emil", "Fay", "Gus",  "Hana",
	"Ivo", "June", "Kit",  "Lena", "Max",  "Nia", "Otto", "Pia",
};
static const char *const document_kinds[] = {
	"cad/assembly",	  "cad/housing",  "trials/report",  "trials/defect list",
	"models/thermal", "models/frame", "software/build", "orders/change",
};
static const char *const document_ends[] = {"dwg", "stp", "pdf", "docx", "dat", "csv"};
static const char *const cui_markings[] = {"CUI", "CUI", "CUI//SP-CTI", "CUI//SP-EXPT"};
static const char *const secret_markings[] = {"SECRET", "SECRET//NOFORN"};
static const int zones[] = {-300, 0, 60, -360, 120, -420};

static struct text lower(struct arena *arena, const char *string)
{
	struct text copy = arena_text(arena, text_of(string));
	char *bytes = (char *)(uintptr_t)copy.bytes;

	for (size_t i = 0; bytes && i < copy.length; i++)
		bytes[i] = to_lower(bytes[i]);
	return copy;
}

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "the exercise needs more memory than it may use");
}

static bool name_firm(struct arena *arena, struct contractor *c)
{
	if (c->number < ARRAY_LENGTH(firms)) {
		const struct firm *firm = &firms[c->number];

		c->code = text_of(firm->code);
		c->name = text_of(firm->name);
		c->programme = text_of(firm->programme);
		c->folder = text_of(firm->folder);
		c->prefix = text_of(firm->prefix);
		return true;
	}

	uint32_t other = c->number - (uint32_t)ARRAY_LENGTH(firms);
	const char *surname = surnames[other % ARRAY_LENGTH(surnames)];

	c->code = text_of(arena_format(arena, "FIRM%03u", c->number + 1));
	c->name = text_of(arena_format(arena, "%s Works %u", surname, c->number + 1));
	c->programme = text_of(arena_format(arena, "%s %u", surname, c->number + 1));
	c->folder = lower(arena, arena_format(arena, "%s-%u", surname, c->number + 1));
	c->prefix = text_of(arena_format(arena, "f%03u", c->number + 1));
	return c->code.bytes && c->name.bytes && c->programme.bytes && c->folder.bytes &&
	       c->prefix.bytes;
}

/* Accounts differ because surnames do, and numbers follow where they run out. */
static bool hire(struct arena *arena, struct random *random, struct contractor *c,
		 uint32_t index)
{
	struct person *p = &c->people[index];
	uint32_t surname_count = (uint32_t)ARRAY_LENGTH(surnames);
	const char *given = given_names[random_below(random, ARRAY_LENGTH(given_names))];
	const char *surname = surnames[(index + 7 * c->number) % surname_count];
	uint32_t round = index / surname_count;

	p->name = text_of(arena_format(arena, "%s %s", given, surname));
	p->account = lower(
		arena, round ? arena_format(arena, "%.1s.%s%u", given, surname, round + 1)
			     : arena_format(arena, "%.1s.%s", given, surname));
	p->badge = text_of(arena_format(arena, "%.1s-%04u", c->code.bytes,
					1000 + index * 7 + random_below(random, 7)));
	p->uid = FIRST_UID + index;
	p->shift = random_below(random, 8) == 0 ? 14 : 6 + random_below(random, 3);
	return p->name.bytes && p->account.bytes && p->badge.bytes;
}

static bool file_asset(struct arena *arena, struct random *random, struct contractor *c,
		       uint32_t index)
{
	struct asset *a = &c->assets[index];
	const char *kind =
		document_kinds[random_below(random, ARRAY_LENGTH(document_kinds))];
	const char *end =
		document_ends[random_below(random, ARRAY_LENGTH(document_ends))];

	if (index < c->cui_count)
		a->marking =
			cui_markings[random_below(random, ARRAY_LENGTH(cui_markings))];
	else if (index < c->protected_count)
		a->marking = secret_markings[random_below(random,
							  ARRAY_LENGTH(secret_markings))];
	else
		a->marking = UNCLASSIFIED;
	a->path = text_of(arena_format(arena, "/srv/%.*s/%s-%04u.%s",
				       TEXT_PRINT(c->folder), kind, 100 + index, end));
	return a->path.bytes;
}

int world_contractor(struct arena *arena, uint64_t seed, uint32_t number, uint32_t staff,
		     uint32_t assets, struct contractor *ret, struct err *err)
{
	struct contractor c = {.number = number};
	struct random random;

	random_seed(&random, seed, number);
	if (!name_firm(arena, &c))
		return out_of_memory(err);
	c.weight = 6 + random_below(&random, 9);
	c.person_count = staff + random_below(&random, staff / 2);
	c.admin_count = 3 + c.person_count / 12;
	c.asset_count = assets + random_below(&random, assets / 2);
	c.cui_count = c.asset_count * 65 / 100;
	c.protected_count = c.asset_count * 80 / 100;
	c.zone_minutes = zones[number % ARRAY_LENGTH(zones)];
	c.local_time = number % 3 == 0;
	c.enriched = number % 2 == 0;
	c.node = number % 3 != 2;
	c.modern_syslog = number / 2 % 2 == number % 2;

	c.people = arena_get_many(arena, c.person_count, sizeof(*c.people));
	c.assets = arena_get_many(arena, c.asset_count, sizeof(*c.assets));
	if (!c.people || !c.assets)
		return out_of_memory(err);
	for (uint32_t i = 0; i < c.person_count; i++) {
		if (!hire(arena, &random, &c, i))
			return out_of_memory(err);
	}
	for (uint32_t i = 0; i < c.asset_count; i++) {
		if (!file_asset(arena, &random, &c, i))
			return out_of_memory(err);
	}
	*ret = c;
	return 0;
}

int world_hire_cast(struct arena *arena, uint64_t seed, struct contractor *contractor,
		    uint32_t count, struct err *err)
{
	uint32_t staff = contractor->person_count;
	struct person *people =
		arena_get_many(arena, (size_t)staff + count, sizeof(*people));
	struct random random;

	if (!people)
		return out_of_memory(err);
	memcpy(people, contractor->people, staff * sizeof(*people));
	contractor->people = people;
	contractor->cast_count = count;
	random_seed(&random, seed, PURPOSE_CAST + contractor->number);
	for (uint32_t i = 0; i < count; i++) {
		if (!hire(arena, &random, contractor, staff + i))
			return out_of_memory(err);
	}
	return 0;
}

/* Who is bad and who is clean is the seed's choice. */
static void give_conduct(struct contractor *contractors, uint32_t count, uint64_t seed)
{
	struct random random;
	uint32_t bad, clean;

	random_seed(&random, seed, WORLD_CONTRACTORS_MAX);
	bad = random_below(&random, count);
	clean = (bad + 1 + random_below(&random, count > 1 ? count - 1 : 1)) % count;
	for (uint32_t i = 0, mixed = 0; i < count; i++) {
		struct contractor *c = &contractors[i];

		if (i == bad)
			c->conduct = CONDUCT_BAD;
		else if (i == clean)
			c->conduct = CONDUCT_CLEAN;
		else
			c->appetite = 1u << (mixed++ % 4);
	}
}

int world_contractors(struct arena *arena, uint64_t seed, uint32_t count,
		      struct contractor **ret, struct err *err)
{
	struct contractor *contractors =
		arena_get_many(arena, count, sizeof(*contractors));

	if (!contractors)
		return out_of_memory(err);
	for (uint32_t i = 0; i < count; i++) {
		struct random random;
		uint32_t staff, assets;
		int r;

		random_seed(&random, seed, WORLD_CONTRACTORS_MAX + 1 + i);
		staff = 16 + random_below(&random, 12);
		assets = 60 + random_below(&random, 60);
		r = world_contractor(arena, seed, i, staff, assets, &contractors[i], err);
		if (r < 0)
			return r;
	}
	give_conduct(contractors, count, seed);
	*ret = contractors;
	return 0;
}
