/** The kinds of papers, to narrow a list by. */
export const paperKinds = Object.entries({
  village_notice: '村级公示',
  exit_announcement: '社区核查公告',
  announcement: '结果公告',
  minutes: '民主评议会议记录',
  sign_in: '会议签到表',
  authorization: '承诺授权书',
  decision: '审定决定',
  household_notice: '告知书',
  supervision: '督办通知',
  problem_list: '排查问题清单',
  ledger: '问题整改台账',
  bulletin: '通报',
  daily: '工作日报',
  self_assessment: '自查评估报告',
  spot_check: '抽查验收报告',
  case_file: '案卷',
}).map(([value, label]) => ({ value, label }))
