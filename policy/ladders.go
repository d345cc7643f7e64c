package policy

// Names of the ladders that exist by default.
const (
	LadderStandard       = "standard"       // the holder is in the village
	LadderTownship       = "township"       // the holder is at the township
	LadderCounty         = "county"         // the holder is at the county
	LadderIdentification = "identification" // the clock of a whole identification case
	LadderRectification  = "rectification"  // a problem to be rectified, which climbs to the leaders
	LadderListed         = "listed"         // a day that lists show; the clock of the whole reminds for all
	LadderSilent         = "silent"         // a waiting period of which nobody has to be reminded
)

// DefaultLadders gives a fresh copy of the built-in ladders by name, the default of the policy key "ladders".
//
// The three step ladders follow domain 2.0 #6: T−3, T−1 and T to the holder, T+1 to the next level up, then every three
// days, in the words 提醒, 催办, 督办通知, 通报. The identification ladder shows yellow on day 10, orange on day 13 and
// red on day 15 of 15 (domain 2.2) and climbs from the township to the county. A problem to be rectified (2.8) climbs
// village, township, leaders, county in the words 提醒, 督办通知, 通报, 按规定处理 (S001, S002, S004).
func DefaultLadders() map[string]Ladder {
	return map[string]Ladder{
		LadderStandard: stepLadder(LevelTownship),
		LadderTownship: stepLadder(LevelCounty),
		LadderCounty:   stepLadder(LevelCounty),
		LadderSilent:   {At: "08:30"},
		LadderListed:   {At: "08:30"},
		LadderRectification: {
			At: "08:30",
			Steps: []LadderStep{
				{-3, ActionRemind, LevelHolder, LightYellow, false},
				{0, ActionRemind, LevelVillage, LightOrange, true},
				{1, ActionSupervise, LevelTownship, LightRed, true},
				{4, ActionReport, LevelLeader, LightRed, true},
				{10, ActionHandle, LevelCounty, LightRed, true},
			},
			RepeatEvery: 7, RepeatAction: ActionHandle, RepeatLevel: LevelCounty, RepeatLight: LightRed, RepeatUrgent: true,
		},
		LadderIdentification: {
			At: "08:30",
			Steps: []LadderStep{
				{-5, ActionRemind, LevelTownship, LightYellow, false},
				{-2, ActionUrge, LevelTownship, LightOrange, true},
				{0, ActionUrge, LevelCounty, LightRed, true},
				{1, ActionSupervise, LevelCounty, LightRed, true},
			},
			RepeatEvery: 3, RepeatAction: ActionReport, RepeatLevel: LevelCounty, RepeatLight: LightRed, RepeatUrgent: true,
		},
	}
}

// stepLadder is the ladder of one step, whose holder answers to the level above.
func stepLadder(above string) Ladder {
	return Ladder{
		At: "08:30",
		Steps: []LadderStep{
			{-3, ActionRemind, LevelHolder, LightYellow, false},
			{-1, ActionRemind, LevelHolder, LightOrange, false},
			{0, ActionRemind, LevelHolder, LightOrange, true},
			{1, ActionUrge, above, LightRed, true},
			{4, ActionSupervise, LevelCounty, LightRed, true},
		},
		RepeatEvery: 3, RepeatAction: ActionReport, RepeatLevel: LevelCounty, RepeatLight: LightRed, RepeatUrgent: true,
	}
}
