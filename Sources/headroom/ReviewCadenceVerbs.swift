import Connecting
import Documents
import Glibc
import Planning
import Quantities
import Reporting
import Storing
import Terminal
import Traffic

/// What the four cadences of `headroom review` are told alike.
struct CadenceReview {
  let cadence: ReviewCadence
  let common: SharedOptions
  let file: String
  let store: String?
  let calendar: String?
  let owner: String
  let service: String?
  let catalog: String?
  let access: PlanAccess

  init(_ a: inout Arguments, _ cadence: ReviewCadence) throws(UsageError) {
    self.cadence = cadence
    store = try a.option(
      "store", value: "FILE", help: "compare with the last one kept here, judge kept forecasts, and keep this one",
      completion: .files(["db"]))
    calendar = try a.option(
      "calendar", value: "FILE", help: "write what is due, and the next reviews, as an iCalendar file",
      completion: .files(["ics"]))
    owner = try a.option(
      "owner", value: "NAME", default: "", help: "who answers for it; a line to write on where absent")
    service = try ServiceOption.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    access = try AccessOptions.read(&a)
    file = try a.positional("PLAN", help: "the plan file", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
  }

  func run() throws -> ExitCode {
    let plans = try PlanFile(file, common, catalog: catalog, access: access, service: service)
    return try plans.currency.shown { try review(plans) }
  }

  private func review(_ plans: PlanFile) throws -> ExitCode {
    let store = try self.store.map { try Store(path: $0) }
    var reviews: [(name: String, review: CapacityReview)] = []
    for loaded in plans.services {
      let outcome = try loaded.outcome(seed: common.seed)
      let forecasts = try store.flatMap { try Self.forecasts(of: loaded, in: $0) }
      reviews.append((loaded.plan.name, CapacityReview(cadence, of: outcome, forecasts: forecasts)))
    }
    let last = try store?.reviews(of: plans.name).first { $0.kind == cadence.rawValue }
    let report = CapacityReviewReport(
      reviews, cadence: cadence, title: plans.name, owner: owner,
      earlier: last.flatMap { CapacityReviewReport.answers($0.result) },
      provenance: Provenance(
        version: Headroom.version, seed: common.seed, file: file, command: ReportWriting.commandLine))
    if let calendar {
      var reminders = ReminderCalendar(name: plans.name, stamp: try Clock.moment(common).now)
      let today = reviews.first.map { $0.review.outcome.plan.zone.local($0.review.outcome.now).date }
      for one in ReviewCadence.allCases {
        reminders.add(
          one, from: today ?? CivilDate(daysSinceEpoch: 0),
          command: "headroom review \(one.rawValue) \(ShellWord.file(file))")
      }
      for (name, review) in reviews { reminders.add(review.outcome, named: name) }
      try Output.write(reminders.text, to: calendar)
    }
    ReportWriting.write(report, common)
    try store?.saveReview(
      plan: plans.name, period: cadence.rawValue, result: report.json(), at: try Clock.moment(common).now)
    return reviews.allSatisfy(\.review.isCalm) ? .done : .objectiveMissed
  }

  /// How the kept forecasts of a plan's traffic did; nil where none was kept.
  private static func forecasts(of loaded: LoadedPlan, in store: Store) throws -> ForecastReview? {
    guard let trace = loaded.trace else { return nil }
    let kept = try store.forecastSeries()
    guard let name = kept.first(where: { $0 == loaded.plan.name }) ?? (kept.count == 1 ? kept.first : nil) else {
      return nil
    }
    let rows = try store.forecasts(of: name)
    let read = rows.compactMap { row in
      KeptForecast(
        number: row.id, series: row.series, made: row.saved, start: row.start, step: row.step, result: row.result)
    }
    guard !read.isEmpty else { return nil }
    return ForecastReview(
      [
        SeriesReview(
          loaded.plan.name, forecasts: read, history: trace.series, unreadable: rows.count - read.count, among: 1)
      ], until: trace.end)
  }
}

private let cadenceDiscussion = """
  Each item comes with its evidence, a state (act, look, holds, unknown), the day by which something is due, and an owner. \
  With --store the last review of the same cadence is compared: what was found then stands beside what is found now; and \
  forecasts that 'headroom forecast --store' kept are judged. With --calendar what is due goes into an iCalendar file, with \
  the next reviews themselves.

  Exit code 0: nobody must act. 2: somebody must.
  """

struct WeeklyReviewVerb: Verb {
  static let info = VerbInfo(
    "weekly", "how full are we, and what must be added soon?",
    discussion: "Use against limits, when what runs no longer suffices, objectives, findings that ask for action.\n\n"
      + cadenceDiscussion,
    examples: [
      Example("headroom review weekly plan.yaml --store headroom.db", "with what changed since last week"),
      Example("headroom review weekly plan.yaml --calendar capacity.ics --owner search-sre", "with reminders"),
    ], seeAlso: ["review", "review monthly", "plan"], section: "Plan")
  let review: CadenceReview
  init(_ a: inout Arguments) throws(UsageError) { review = try CadenceReview(&a, .weekly) }
  func run() throws -> ExitCode { try review.run() }
}

struct MonthlyReviewVerb: Verb {
  static let info = VerbInfo(
    "monthly", "where is demand going, and is the headroom right?",
    discussion: "The trend, the headroom and what used it, the forecasts' error, the cost.\n\n" + cadenceDiscussion,
    examples: [Example("headroom review monthly plan.yaml --store headroom.db -o review.html", "as a page")],
    seeAlso: ["review", "review weekly", "review quarterly"], section: "Plan")
  let review: CadenceReview
  init(_ a: inout Arguments) throws(UsageError) { review = try CadenceReview(&a, .monthly) }
  func run() throws -> ExitCode { try review.run() }
}

struct QuarterlyReviewVerb: Verb {
  static let info = VerbInfo(
    "quarterly", "which events, drills and load tests lie ahead?",
    discussion:
      "The forecast anew, events ahead with their lead times, drills and load tests that are due.\n\n"
      + cadenceDiscussion,
    examples: [Example("headroom review quarterly plan.yaml --format markdown", "for the meeting's page")],
    seeAlso: ["review", "review monthly", "review annual"], section: "Plan")
  let review: CadenceReview
  init(_ a: inout Arguments) throws(UsageError) { review = try CadenceReview(&a, .quarterly) }
  func run() throws -> ExitCode { try review.run() }
}

struct AnnualReviewVerb: Verb {
  static let info = VerbInfo(
    "annual", "what does a year cost, what to commit to, which posture?",
    discussion: "The cost of a year, commitments, the standby posture.\n\n" + cadenceDiscussion,
    examples: [Example("headroom review annual plan.yaml -o review.html", "as a page")],
    seeAlso: ["review", "review quarterly", "commit"], section: "Plan")
  let review: CadenceReview
  init(_ a: inout Arguments) throws(UsageError) { review = try CadenceReview(&a, .annual) }
  func run() throws -> ExitCode { try review.run() }
}

enum ReviewVerbs {
  static let node = VerbNode.group(
    ReviewVerb.self,
    [
      .verb(WeeklyReviewVerb.self), .verb(MonthlyReviewVerb.self), .verb(QuarterlyReviewVerb.self),
      .verb(AnnualReviewVerb.self),
    ])
}
