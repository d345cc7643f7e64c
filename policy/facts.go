package policy

// facts are what there is in the record of a family for rules to look at. Most families have little of it: a rule says
// what it needs to find anything at all, and a run over a province leaves out those that cannot.
type facts uint32

const (
	registered    facts = 1 << iota // in the national system
	outOfPoverty                    // 脱贫户
	watchedOnce                     // monitored, now or before
	inForce                         // monitored now
	wasEliminated                   // its risk was eliminated
	measured                        // measures of assistance
	twoYears                        // income of two years and more
	landed                          // land of whatever kind
	roaded                          // the way to the road
	phoned                          // a telephone number
	sharedPhone                     // that somebody else has too
	wrongNumber                     // an identity number that cannot be
	twinNumber                      // or that somebody else has
	spoused                         // a member who is the spouse
	schooled                        // a member at school
	unschooled                      // the reason why one is not
	worked                          // work away from the farm
	posted                          // a public post
	impaired                        // a member not simply 健康
)

func (x *facts) note(is bool, what facts) {
	if is {
		*x |= what
	}
}

// facts tells what a family has, once its members are prepared.
func (f *Family) facts() (x facts) {
	x.note(f.Registered(), registered)
	x.note(f.OutOfPoverty, outOfPoverty)
	x.note(f.Episode != nil, watchedOnce)
	x.note(f.InForce(), inForce)
	x.note(f.WasEliminated(), wasEliminated)
	x.note(len(f.Measures) > 0, measured)
	x.note(len(f.Years) > 1, twoYears)
	x.note(f.Land != Land{}, landed)
	x.note(f.Living.RoadKm != nil, roaded)
	x.note(f.Phone != "", phoned)
	x.note(f.PhoneElsewhere != PhoneUse{}, sharedPhone)
	for i := range f.Members {
		m := &f.Members[i]
		x.note(m.Phone != "", phoned)
		x.note(m.PhoneElsewhere != PhoneUse{}, sharedPhone)
		x.note(m.read.err != nil && m.IDNo != "", wrongNumber)
		x.note(m.Taken || f.twin(i), twinNumber)
		x.note(m.read.kin.Spouse, spoused)
		x.note(m.InSchool(), schooled)
		x.note(m.NotInSchool != "", unschooled)
		x.note(len(m.Work) > 0, worked)
		x.note(m.PublicPosts != 0, posted)
		x.note(m.Health != "健康" || m.Disability != "" || m.Certificate != "", impaired)
	}
	return x
}

// twin tells whether one of the members behind has the same number as the one at i.
func (f *Family) twin(i int) bool {
	for j := i + 1; j < len(f.Members); j++ {
		if f.Members[j].IDNo == f.Members[i].IDNo {
			return true
		}
	}
	return false
}

// needing is the rule for families that have such facts; in others it finds nothing.
func (r DataRule) needing(x facts) DataRule {
	r.needs |= x
	return r
}

// FindFaults prepares a family and holds it against rules, in their order.
func FindFaults(rules []DataRule, f *Family, c DataContext, found func(*DataRule, DataFault)) {
	f.Prepare()
	for i := range rules {
		r := &rules[i]
		if r.needs&^f.has != 0 {
			continue
		}
		for _, fault := range r.Find(f, c) {
			found(r, fault)
		}
	}
}
