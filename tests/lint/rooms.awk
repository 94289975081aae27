# Reads src/ROOMS, then every source file as given, and prints each include
# that the plan of the rooms forbids. Files are named ROOM/FILE.
FILENAME ~ /ROOMS$/ {
	if ($1 == "" || $1 ~ /^#/)
		next
	floor[$1] = $2
	for (i = 3; i <= NF && $i != "#"; i++)
		if ($i != "-")
			allowed[$1, $i] = 1
	next
}

FNR == 1 {
	n = split(FILENAME, part, "/")
	room = part[n - 1]
	file = room "/" part[n]
	if (!(room in floor))
		forbid("the room is not in src/ROOMS")
	if (!planned++)
		check_plan()
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	include_own(quoted[2])
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	header = $0
	sub(/^[^<]*</, "", header)
	sub(/>.*/, "", header)
	include_system(header)
}

function forbid(why) { print "src/" file ":" FNR ": " why; found = 1 }

function check_plan(  pair, of) {
	for (pair in allowed) {
		split(pair, of, SUBSEP)
		if (!(of[2] in floor))
			forbid("src/ROOMS: " of[1] " may include " of[2] ", which is no room")
		else if (floor[of[2]] >= floor[of[1]])
			forbid("src/ROOMS: " of[1] " may include " of[2] ", which is not below it")
	}
}

function include_own(name,  path, other) {
	if (name == "config.h")
		return
	if (split(name, path, "/") != 2) {
		forbid("\"" name "\" names no room")
		return
	}
	other = path[1]
	if (other == room)
		return
	if (!((room, other) in allowed))
		forbid(room " may not include " other)
	else if (other != "base" && path[2] != other ".h")
		forbid("\"" name "\" is not the door of " other)
}

function include_system(name) {
	if ((floor[room] == 2 || floor[room] == 3) &&
	    name ~ /^(unistd\.h|fcntl\.h|time\.h|sys\/.*|libpq-fe\.h|libconfig\.h)$/)
		forbid("<" name "> on floor " floor[room] ", which is pure")
	if (name ~ /^libpq/ && room != "pg")
		forbid("<" name "> outside the room pg")
	if (name ~ /^libconfig/ && room != "config")
		forbid("<" name "> outside the room config")
	if (name ~ /^openssl\// && room != "crypto")
		forbid("<" name "> outside the room crypto")
}

END { exit found }
