import Glibc
import Quantities
import Testing

@testable import Traffic

@Suite struct EventProposalTests {
  static let start = CivilDate(daysSinceEpoch: 20_458)  // Monday 5 January 2026

  /// Made traffic with demand multiplied on the days of a rule, from one hour after local midnight to another.
  static func series(
    _ rule: EventRule? = nil, lift: Double = 1, hours: Range<Int> = 0..<24, days: Int = 365, seed: UInt64 = 1,
    step: Duration = .hours(1), change: (inout TraceGenerator) -> Void = { _ in }
  ) -> TimeSeries<RequestRate> {
    var generator = TraceGenerator(start: start, days: days, seed: seed)
    generator.step = step
    generator.noise = 0.05
    change(&generator)
    let series = generator.series()
    var values = series.rawValues
    let perDay = 86_400 / step.seconds
    for date in rule?.dates(in: start...(start + days - 1)) ?? [] {
      let day = Double(date - start)
      let from = Int((day + Double(hours.lowerBound) / 24) * perDay)
      let to = Int((day + Double(hours.upperBound) / 24) * perDay)
      for i in (from..<max(to, from + 1)).clamped(to: 0..<values.count) { values[i] *= lift }
    }
    return series.with(rawValues: values)
  }
  static func found(
    _ series: TimeSeries<RequestRate>, known: [KnownEvent] = [], planned: [Event] = []
  ) -> [EventProposal] {
    EventProposal.find(in: SeasonalFit(of: series, zone: .utc, events: known), known: known, planned: planned)
  }

  struct Rule: Sendable {
    var text: String
    var lift: Double
    var days = 365
    var hours = 0..<24
    var step = Duration.hours(1)
  }
  @Test(
    "a rule is found, with its lift within the interval",
    arguments: [
      Rule(text: "day 25 of every month", lift: 1.6), Rule(text: "day 25 of every month", lift: 1.3),
      Rule(text: "every 2 weeks from 2026-01-06", lift: 1.8), Rule(text: "every 2 weeks from 2026-01-13", lift: 0.6),
      Rule(text: "every 2 weeks from 2026-01-06", lift: 1.8, days: 371),
      Rule(text: "Friday after the fourth Thursday of November", lift: 3, days: 760),
      Rule(text: "Friday after the fourth Thursday of November", lift: 3, days: 760, step: .days(1)),
      Rule(text: "15 April", lift: 2, days: 760, step: .days(1)),
      Rule(text: "first Monday of every month", lift: 1.5), Rule(text: "last day of every month", lift: 1.5),
      Rule(text: "25 December", lift: 0.4, days: 800, step: .days(1)),
      Rule(text: "second Tuesday of every month", lift: 2, hours: 18..<21),
    ])
  func rules(_ rule: Rule) throws {
    let when = try EventRule.parse(rule.text)
    let proposals = Self.found(
      Self.series(when, lift: rule.lift, hours: rule.hours, days: rule.days, step: rule.step))
    let proposal = try #require(proposals.first { $0.event.when == when }, "\(proposals.map(\.planLine))")
    #expect(proposals.count == 1)
    let lift = proposal.event.lift
    #expect(lift.low.rawValue <= rule.lift && rule.lift <= lift.high.rawValue, "\(lift)")
    #expect(proposal.hits.count == proposal.occurrences && proposal.chance <= 0.05)
    #expect(proposal.next.map { $0 >= Self.start + rule.days } == true)
    let isPart = rule.hours.count < 24
    #expect(proposal.event.startsAt == (isPart ? .hours(18) : .zero))
    #expect(proposal.event.duration == (isPart ? .hours(3) : .days(1)))
    #expect(proposal.partOfDay == (isPart ? "18:00 to 21:00" : nil))
  }

  @Test("a part of the day that ends after midnight, and an event of several days")
  func lengths() throws {
    let night = try #require(Self.found(Self.series(.monthly(day: 15), lift: 2.5, hours: 22..<26)).first)
    #expect(night.event.startsAt == .hours(22) && night.event.duration == .hours(4))
    #expect(night.partOfDay == "22:00 to 02:00")
    let sale = try #require(Self.found(Self.series(.monthly(day: 20), lift: 2, hours: 0..<72)).first)
    #expect(sale.event.when == .monthly(day: 20) && sale.event.duration == .days(3))
    #expect(sale.planLine.contains("days: 3"))
  }

  @Test("two rules are told apart")
  func two() throws {
    var series = Self.series(.monthly(day: 25), lift: 1.7)
    let other = Self.series(.nthWeekday(2, .tuesday, month: nil), lift: 2.2, hours: 18..<21)
    let plain = Self.series()
    series = series.with(
      rawValues: series.rawValues.indices.map {
        series.rawValues[$0] * other.rawValues[$0] / plain.rawValues[$0]
      })
    #expect(
      Set(Self.found(series).map(\.event.when)) == [.monthly(day: 25), .nthWeekday(2, .tuesday, month: nil)])
  }

  @Test("an event that is known, or whose days ahead are planned, is not proposed again")
  func named() throws {
    let rule = EventRule.monthly(day: 25)
    let series = Self.series(rule, lift: 1.6)
    let event = Event(name: "payday", when: rule, lift: Estimate(exactly: 2))
    let known = event.occurrences(from: series.start, to: series.end, zone: .utc)
    #expect(Self.found(series, known: known, planned: [event]).isEmpty)
    let next = try #require(rule.next(onOrAfter: Self.start + 365))
    let once = Event(name: "payday", when: .date(next), lift: Estimate(exactly: 2))
    #expect(Self.found(series, planned: [once]).isEmpty)
    #expect(Self.found(series).count == 1)
  }

  @Test("a whole day of outliers vanishes from the days' peaks, but not from the search")
  func wholeDays() throws {
    let series = Self.series(.date(Self.start + 100), lift: 6)
    let fit = SeasonalFit(of: series, zone: .utc, events: [])
    let flagged = Set(fit.outliers.map { fit.clock.day[$0.index] })
    #expect(flagged == [100])
    #expect(fit.dayPeaks(without: Set(fit.outliers.map(\.index)))[100].isNaN)
    let deviations = DayDeviations(fit)
    #expect(abs(deviations.excess[100] - log(6)) < 0.2 && deviations.score[100] > 14)
    #expect(deviations.flagged(beyond: 14, sign: 1, byFirst: true) == [100])
  }

  @Test("nothing is proposed of short, empty, constant, idle and missing histories, nor of steps beyond a day")
  func nothing() {
    #expect(Self.found(Self.series(.every(days: 14, from: Self.start), lift: 3, days: 41)).isEmpty)
    for value in [0, 5, Double.nan, .infinity, -1] {
      let flat = TimeSeries<RequestRate>(
        start: Self.start.midnightUTC, step: .hours(1), rawValues: [Double](repeating: value, count: 24 * 100))
      #expect(Self.found(flat).isEmpty)
    }
    let none = TimeSeries<RequestRate>(start: Self.start.midnightUTC, step: .hours(1), rawValues: [])
    #expect(Self.found(none).isEmpty)
    let weeks = TimeSeries<RequestRate>(
      start: Self.start.midnightUTC, step: .days(7), rawValues: (0..<200).map { $0 % 4 == 0 ? 30 : 10 })
    #expect(Self.found(weeks).isEmpty)
  }

  // MARK: - False proposals

  enum Noise: String, CaseIterable, Sendable {
    case plain, heavyTailed, bursts, wholeDays, counts, restless, weekends, drift
  }

  /// Traffic in which nothing recurs.
  static func quiet(_ noise: Noise, days: Int, step: Duration, seed: UInt64) -> TimeSeries<RequestRate> {
    let series = series(days: days, seed: seed, step: step) { $0.noise = noise == .heavyTailed ? 0.02 : 0.06 }
    var values = series.rawValues
    var random = RandomStream(seed: seed &+ 77, item: UInt64(Noise.allCases.firstIndex(of: noise) ?? 0))
    let perDay = Int(86_400 / step.seconds)
    func lift(_ from: Int, _ length: Int, _ factor: Double) {
      for i in (from..<from + length).clamped(to: 0..<values.count) { values[i] *= factor }
    }
    switch noise {
    case .plain: break
    case .heavyTailed:  // Student's t with two degrees of freedom
      for i in values.indices {
        let spread = max(1e-9, (pow(random.normal(), 2) + pow(random.normal(), 2)) / 2).squareRoot()
        values[i] *= exp(min(4, max(-4, 0.08 * random.normal() / spread)))
      }
    case .bursts:
      for _ in 0..<days / 12 {
        lift(
          Int(random.uniform() * Double(values.count)), max(1, (1 + Int(random.uniform() * 10)) * perDay / 24),
          exp(random.normal(mean: 0.8, deviation: 0.5)))
      }
    case .wholeDays:
      for _ in 0..<days / 15 {
        lift(
          Int(random.uniform() * Double(days)) * perDay, (1 + Int(random.uniform() * 3)) * perDay,
          exp(random.normal(mean: 0.5, deviation: 0.5)))
      }
    case .counts:
      for i in values.indices {
        values[i] = Double(random.poisson(mean: values[i] / 28_000 * 3)) * exp(random.normal(deviation: 0.3))
      }
    case .restless:  // a level that wanders, calm for weeks and then not
      var (level, size) = (0.0, 0.1)
      for d in 0..<days {
        if random.uniform() < 0.03 { size = exp(random.normal(mean: -2.3, deviation: 0.8)) }
        level = 0.97 * level + random.normal(deviation: size)
        lift(d * perDay, perDay, exp(level + random.normal(deviation: size)))
      }
    case .weekends:  // five times as noisy as other days
      for d in 0..<days where (start + d).weekday.isWeekend {
        lift(d * perDay, perDay, exp(random.normal(deviation: 0.25)))
      }
    case .drift:  // the week changes its shape
      for d in 0..<days {
        lift(d * perDay, perDay, exp(0.4 * sin(2 * .pi * (Double(d) / 7 + 1.5 * Double(d) / Double(days)))))
      }
    }
    return series.with(rawValues: values)
  }

  @Test("of series in which nothing recurs at most one in twenty is told an event", arguments: Noise.allCases)
  func falseProposals(_ noise: Noise) {
    // With 200 to 400 seeds of each kind and length, up to a year of hours, it was 0 to 2.5 %, 0.23 % of all 12,600.
    var told = 0
    var series = 0
    for (days, step, seeds) in [
      (800, Duration.days(1), 12), (200, .days(1), 40), (90, .hours(1), 3), (50, .hours(1), 3),
    ] {
      for seed in 0..<seeds {
        series += 1
        told += Self.found(Self.quiet(noise, days: days, step: step, seed: UInt64(seed))).isEmpty ? 0 : 1
      }
    }
    #expect(Double(told) <= 0.05 * Double(series), "\(told) of \(series)")
  }
}
