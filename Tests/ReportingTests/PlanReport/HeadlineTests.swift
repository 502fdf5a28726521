import Planning
import Quantities
import Testing
import Traffic

@testable import Reporting

@Suite struct HeadlineTests {
  static func date(_ y: Int, _ m: Int, _ d: Int) -> CivilDate {
    CivilDate(year: y, month: m, day: d) ?? CivilDate(daysSinceEpoch: 0)
  }
  static let today = date(2026, 11, 14)

  static let cases: [(headline: Headline, sentence: String)] = [
    (
      .runsOut(
        on: date(2026, 11, 24), .init(count: 65, total: 173, by: date(2026, 11, 23), event: "Black Friday")),
      "Capacity runs out on Tuesday 24 November. Add 65 replicas by the 23rd to hold Black Friday."
    ),
    (
      .runsOut(on: date(2026, 12, 2), .init(count: 1, total: 9, by: date(2026, 11, 30), event: nil)),
      "Capacity runs out on Wednesday 2 December. Add 1 replica by 30 November."
    ),
    (
      .runsOut(on: date(2026, 11, 16), .init(count: 5, total: 9, by: today, event: nil)),
      "Capacity runs out on Monday 16 November. Add 5 replicas now."
    ),
    (
      .runsOut(on: today, .init(count: 1200, total: 2000, by: today, event: nil)),
      "Today's capacity no longer carries the expected peak. Add 1,200 replicas now."
    ),
    (
      .mayRunOut(on: date(2027, 1, 9), .init(count: 12, total: 60, by: date(2027, 1, 8), event: nil)),
      "Capacity holds in the expected case but may run out on Saturday 9 January 2027. Add 12 replicas by the 8th to be safe."
    ),
    (
      .lasts(running: 173, until: date(2027, 2, 12), spare: 0.342),
      "Capacity suffices until Friday 12 February 2027: the 173 replicas of today carry the expected peak with 34.2 % to spare."
    ),
    (
      .tooMuch(running: 300, needed: 100, until: date(2026, 12, 14)),
      "100 replicas are enough until Monday 14 December. Today 300 run: 200 can go."
    ),
    (
      .blocked(
        maximum: 110, needed: 173, peak: "221k/s", event: "Black Friday", on: date(2026, 11, 27)),
      "The maximum of 110 replicas cannot carry the peak of 221k/s of Black Friday on Friday 27 November. Raise it to 173."
    ),
    (
      .hold(replicas: 35, peak: "55.3k/s", until: date(2026, 11, 21), event: nil, on: nil),
      "Hold 35 replicas until Saturday 21 November: the expected peak is 55.3k/s."
    ),
    (
      .hold(
        replicas: 173, peak: "221k/s", until: date(2026, 12, 24), event: "Black Friday", on: date(2026, 11, 27)),
      "Hold 173 replicas for Black Friday on Friday 27 November: the expected peak is 221k/s."
    ),
    (
      .start(replicas: 57, average: "30k/s", peak: "75k/s", headroom: "50 %"),
      "Start with 57 replicas: an average of 30k/s and a peak of 75k/s as stated, with 50 % headroom."
    ),
    (
      .falls(loss: "us-east-1", needed: 36, peak: "1.7k/s"),
      "The loss of us-east-1 at the peak is not survived. Hold 36 replicas: the expected peak is 1.7k/s."
    ),
    (.act("Raise the quota of g5.xlarge by 3."), "Raise the quota of g5.xlarge by 3."),
  ]

  @Test("each situation has its sentence, with a number to act on", arguments: cases)
  func sentences(headline: Headline, sentence: String) {
    #expect(headline.sentence(today: HeadlineTests.today) == sentence)
  }

  private func headline(running: Int?) throws -> Headline {
    var outcome = try SamplePlan.outcome()
    outcome.sizing.running = running
    if running != 60 { outcome.sizing.runway = nil }
    return Headline(outcome)
  }

  @Test("too few replicas run out on the day of the event")
  func runsOut() throws {
    guard case .runsOut(let day, let addition) = try headline(running: 60) else {
      Issue.record("not running out")
      return
    }
    #expect(day == HeadlineTests.date(2026, 11, 27))
    #expect(
      addition.event == "Black Friday" && addition.by < (day ?? addition.by) && addition.count == addition.total - 60)
  }

  @Test("too many can go, none stated is to be held, none with history is a start")
  func others() throws {
    // The full plan loses a region of half the demand and holds a third more: that comes before both.
    let planned = try SamplePlan.outcome().sizing.replicas
    for running in [nil, 900] {
      guard case .falls(let loss, let needed, _) = try headline(running: running) else {
        Issue.record("a loss that is not survived is not said")
        continue
      }
      #expect(loss == "us-east-1" && needed > planned)
    }
    let small = SamplePlan.full.replacing("survive: 1 region", with: "")
    let held = try SamplePlan.answer(small.replacing("  running: 60", with: ""), SamplePlan.trace, SamplePlan.now)
    if case .hold(_, _, _, let event, _) = Headline(held) {
      #expect(event == "Black Friday")
    } else {
      Issue.record("not to be held")
    }
    let many = try SamplePlan.answer(
      small.replacing("running: 60", with: "running: 900"), SamplePlan.trace, SamplePlan.now)
    if case .tooMuch = Headline(many) {} else { Issue.record("900 is not too much") }
    if case .start(let replicas, _, _, _) = Headline(try SamplePlan.statedOutcome()) {
      #expect(replicas == 57)
    } else {
      Issue.record("not a start")
    }
  }

  @Test(
    "days are written as people say them",
    arguments: [
      (1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"),
      (22, "22nd"), (23, "23rd"), (31, "31st"),
    ])
  func ordinals(n: Int, text: String) { #expect(Wording.ordinal(n) == text) }

  @Test(
    "shares near one keep their nines and are never rounded up",
    arguments: [
      (0.9994, "99.94 %"), (0.99999, "99.999 %"), (1.0, "100 %"), (0.342, "34.2 %"), (0.999_666, "99.966 %"),
      (0.0071, "0.71 %"), (0.99, "99 %"),
      (0.9999999, "99.9999 %"),
    ])
  func percents(share: Double, text: String) { #expect(Wording.percent(share) == text) }
}
