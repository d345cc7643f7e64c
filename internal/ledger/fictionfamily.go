package ledger

import "shouwang/models"

// family is one invented household.
type family struct {
	no, village, group, base, grade, bank, address string
	income                                         int // yuan
	population                                     int // as the ledger states it
	members                                        []*villager
	planted                                        string // code of the fault put in
	formula                                        bool

	year   int // of the further columns, 0 without them
	secret models.HouseholdSecret
	money  models.IncomeYear
}

// family invents the members of a household, the head first.
func (f *folk) family() []*villager {
	shapes := []int{9, 3, 15, 21, 22, 14, 9, 5, 2}
	if f.large {
		shapes = []int{5, 2, 10, 24, 28, 17, 9, 4, 1}
	}
	switch f.weighted(shapes...) {
	case 0:
		return []*villager{f.head(f.IntN(22)+66, "")}
	case 1:
		return []*villager{f.head(f.IntN(35)+28, "")}
	case 2:
		return f.couple(f.IntN(24) + 60)
	case 3:
		return f.children(f.couple(f.IntN(20)+26), f.weighted(0, 45, 45, 10))
	case 4:
		return f.parents(f.children(f.couple(f.IntN(18)+30), f.weighted(5, 50, 38, 7)))
	case 5:
		return f.grandchildren(f.grown(f.couple(f.IntN(16)+52), 1, true), f.weighted(10, 45, 40, 5))
	case 6:
		return f.grown(f.couple(f.IntN(14)+46), 1+f.IntN(2), false)
	case 7:
		return f.children([]*villager{f.head(f.IntN(18)+28, "")}, f.weighted(0, 65, 35))
	}
	return f.grandchildren(f.couple(f.IntN(15)+58), 1+f.IntN(2))
}

func (f *folk) head(age int, sex string) *villager {
	if sex == "" {
		sex = []string{"男", "女"}[f.weighted(70, 30)]
	}
	return f.person(f.surname(), sex, "户主", age)
}

func (f *folk) couple(age int) []*villager {
	head := f.head(age, []string{"男", "女"}[f.weighted(92, 8)])
	other := map[string]string{"男": "女", "女": "男"}[head.sex]
	return []*villager{head, f.person(f.surname(), other, "配偶", max(22, age-3+f.IntN(6)))}
}

// line is the family name that goes on to the children.
func line(members []*villager) string {
	for _, m := range members[:min(2, len(members))] {
		if m.sex == "男" {
			return string([]rune(m.name)[:1])
		}
	}
	return string([]rune(members[0].name)[:1])
}

func (f *folk) age(p *villager) int { return f.today.Year - p.birth.Year }

// children adds n minors.
func (f *folk) children(members []*villager, n int) []*villager {
	for range n {
		age := f.IntN(max(1, min(17, f.age(members[0])-22)))
		members = append(members, f.child(line(members), age))
	}
	return members
}

func (f *folk) child(surname string, age int) *villager {
	if f.chance(52) {
		return f.person(surname, "男", "之子", age)
	}
	return f.person(surname, "女", "之女", age)
}

// parents adds one or both parents of the head.
func (f *folk) parents(members []*villager) []*villager {
	age, both := f.age(members[0])+22+f.IntN(8), f.chance(55)
	if both || f.chance(40) {
		members = append(members, f.person(line(members), "男", "父亲", age+f.IntN(4)))
	}
	if both || f.age(members[len(members)-1]) < age {
		members = append(members, f.person(f.surname(), "女", "母亲", age))
	}
	return members
}

// grown adds n grown children, the first one with a wife where asked for.
func (f *folk) grown(members []*villager, n int, married bool) []*villager {
	for i := range n {
		age := max(19, f.age(members[0])-24-f.IntN(4)-2*i)
		if married && i == 0 {
			members = append(members, f.person(line(members), "男", "长子", age), f.person(f.surname(), "女", "儿媳", max(20, age-f.IntN(4))))
			continue
		}
		members = append(members, f.child(line(members), age))
	}
	return members
}

func (f *folk) grandchildren(members []*villager, n int) []*villager {
	for range n {
		age := f.IntN(min(14, max(1, f.age(members[0])-46)))
		if f.chance(52) {
			members = append(members, f.person(line(members), "男", "孙子", age))
		} else {
			members = append(members, f.person(line(members), "女", "孙女", age))
		}
	}
	return members
}
