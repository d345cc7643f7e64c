package register

import "shouwang/procedure"

// basic are the classes (3.3) of what is kept of a household and its members beside the columns.
var basic = map[string]procedure.Class{
	"base_type": procedure.P1, "name": procedure.P1,
	"id_no": p2, "relation": p2, "sex": p2, "birth_date": p2, "ethnicity": p2, "phone": p2, "education": p2, "school": p2, "labour": p2, "in_reason": p2, "out_reason": p2,
	"address": p2, "house_grade": p2, "income": p2, "other": p2,
	"bank": p3, "health": p3, "disability": p3, "medical": p3,
}

// ClassOf is the class of what is kept under a code, a column or not; of what nobody has classed it is that of sensitive data.
func ClassOf(code string) procedure.Class {
	if c, ok := Find(code); ok {
		return c.Class
	}
	if class, ok := basic[code]; ok {
		return class
	}
	return p3
}

// OfChild is the class of the same about a child: all that is personal is sensitive (PIPL art. 28).
func OfChild(class procedure.Class) procedure.Class {
	if class == p2 {
		return p3
	}
	return class
}

// ClassOfChild is the class of what is kept under a code about a child, whose name is personal too.
func ClassOfChild(code string) procedure.Class {
	if code == "name" {
		return p3
	}
	return OfChild(ClassOf(code))
}

// Known reports whether something is kept under a code.
func Known(code string) bool {
	_, column := Find(code)
	_, other := basic[code]
	return column || other
}
