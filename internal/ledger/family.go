package ledger

// family checks the members of a household against each other: one head, whose name is the one stated (DQ-21).
func (c *checker) family(b *bundle) {
	if !b.sheet.PerPerson {
		c.rec.Members[0].Head = true
		if c.rec.Members[0].Secret.Relation == "" {
			c.rec.Members[0].Secret.Relation = "户主"
		}
		for _, row := range b.rows[1:] {
			c.add(row, HouseholdNo, "LED-203", "户编号与第 %d 行重复；每户只应有一行", b.rows[0].Line)
		}
		return
	}
	c.findHeads(b)
	head := c.rec.head()
	if head == nil {
		return
	}
	if stated := b.head(); stated != "" && head.Name != "" && stated != head.Name {
		c.add(head.row, HeadName, "LED-209", "户主姓名填“%s”，与户主一行的姓名“%s”不一致", stated, head.Name)
	}
	for _, m := range c.rec.Members {
		if m.kin.Spouse && head.Secret.Sex != "" && m.Secret.Sex == head.Secret.Sex {
			c.add(m.row, Relation, "LED-206", "户主与配偶性别相同，请核对关系和证件号")
		}
	}
}

// findHeads marks the head: by relation, or by the head's name where the sheet has no relations.
func (c *checker) findHeads(b *bundle) {
	related, stated := false, b.head()
	for _, r := range b.rows {
		related = related || r.Values[Relation] != ""
	}
	var heads []*member
	for i := range c.rec.Members {
		m := &c.rec.Members[i]
		switch {
		case related && m.Secret.Relation == "":
			c.add(m.row, Relation, "LED-204", "缺少与户主关系")
		case related && m.kin.Head, !related && m.Name == stated:
			m.Head = true
			m.Secret.Relation = "户主"
			heads = append(heads, m)
		}
	}
	switch {
	case len(heads) == 0:
		c.add(b.rows[0], Relation, "LED-201", "这一户没有户主：应有一人的“与户主关系”为户主或本人")
	case len(heads) > 1:
		for _, m := range heads[1:] {
			c.add(m.row, Relation, "LED-202", "这一户有 %d 个户主，第 %d 行已是户主", len(heads), heads[0].row.Line)
		}
	}
}
