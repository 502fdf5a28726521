import Quantities
import Testing

@Suite struct TimeSeriesTests {
  func series(_ values: [Double?], step: Duration = .seconds(60), start: Double = 0) -> TimeSeries<RequestRate> {
    TimeSeries(
      start: Timestamp(secondsSinceEpoch: start), step: step, values: values.map { $0.map(RequestRate.perSecond) })
  }

  @Test("times and steps: value i stands for one step from start + i steps")
  func timesAndSteps() {
    let hours = series([1, 2, 3], step: .hours(1), start: 7200)
    #expect(hours.time(at: 0).secondsSinceEpoch == 7200)
    #expect(hours.time(at: 2).secondsSinceEpoch == 14_400)
    #expect(hours.end.secondsSinceEpoch == 18_000)
    #expect(hours.duration == .hours(3))
    #expect(hours.index(of: hours.time(at: 1)) == 1)
    #expect(hours.index(of: hours.time(at: 1) - .nanoseconds(1)) == 0)
    #expect(hours.index(of: hours.start - .nanoseconds(1)) == -1)
    #expect(hours.index(of: hours.start - .hours(1)) == -1)
    #expect(hours.index(of: hours.start - .hours(1) - .nanoseconds(1)) == -2)
    #expect(hours.index(of: hours.end) == 3)
  }

  @Test("times beyond the range of timestamps clamp instead of trapping")
  func farTimes() {
    let old = series([1], step: .hours(1), start: -9.2e9)
    #expect(old.index(of: Timestamp(nanosecondsSinceEpoch: .max)) > 1_000_000)
    #expect(series([1], start: 9.2e9).index(of: Timestamp(nanosecondsSinceEpoch: .min)) < -1_000_000)
    #expect(series([1], start: 9.2e9).time(at: .max).nanosecondsSinceEpoch == .max)
    #expect(series([1]).time(at: .min).nanosecondsSinceEpoch == .min)
  }

  @Test("gaps are nil, equal to themselves, and outside the figures")
  func gaps() {
    let some = series([4, nil, 1, nil, 7])
    #expect(some[0] == .perSecond(4))
    #expect(some[1] == nil)
    #expect(some.gapCount == 2)
    #expect(some.mean == .perSecond(4))
    #expect(some.peak?.value == .perSecond(7) && some.peak?.index == 4)
    #expect(some.minimum?.value == .perSecond(1) && some.minimum?.index == 2)
    #expect(some == series([4, nil, 1, nil, 7]))
    #expect(some != series([4, nil, 1, 0, 7]))
    #expect(some != series([4, nil, 1, nil, 7], start: 60))
  }

  @Test("nothing has no mean, no peak, no minimum")
  func nothing() {
    for empty in [series([]), series([nil, nil])] {
      #expect(empty.mean == nil && empty.peak == nil && empty.minimum == nil)
      #expect(empty.aggregated(to: .seconds(120), by: .mean).mean == nil)
    }
    #expect(series([]).interpolated().isEmpty)
  }

  @Test("the first of equal peaks is the peak")
  func firstPeak() { #expect(series([1, 5, 5]).peak?.index == 1) }

  @Test("a slice keeps its times, and its bounds are clamped")
  func slices() {
    let five = series([0, 1, 2, 3, 4])
    let part = five.slice(1..<3)
    #expect(part.rawValues == [1, 2] && part.start.secondsSinceEpoch == 60)
    #expect(five.slice(3..<99).rawValues == [3, 4])
    #expect(five.slice(-5..<2).rawValues == [0, 1])
    #expect(five.slice(50..<99).isEmpty)
  }

  @Test("a map keeps gaps")
  func maps() {
    let money = series([1, nil, 3]).mapped { Money.dollars($0.perSecond * 2) }
    #expect(money[0] == .dollars(2) && money[1] == nil && money[2] == .dollars(6))
  }

  @Test(
    "several steps become one; only gaps alone stay a gap",
    arguments: [
      (.mean, [2, 5, .nan, 7]), (.sum, [4, 5, .nan, 7]), (.maximum, [3, 5, .nan, 7]), (.minimum, [1, 5, .nan, 7]),
      (.last, [3, 5, .nan, 7]),
    ] as [(TimeSeries<RequestRate>.Aggregation, [Double])])
  func aggregates(_ how: TimeSeries<RequestRate>.Aggregation, _ expected: [Double]) {
    let fine = series([1, 3, 5, nil, nil, nil, 7])
    let coarse = fine.aggregated(to: .seconds(120), by: how)
    #expect(coarse == fine.aggregated(to: .seconds(120), by: how))
    #expect(coarse.step == .seconds(120))
    #expect(coarse.start == fine.start)
    #expect(zip(coarse.rawValues, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(coarse.count == expected.count)
  }

  @Test("aligned steps begin on whole steps since the epoch, before it too")
  func alignment() {
    let late = series([1, 2, 3, 4], start: 180).aggregated(to: .seconds(240), by: .sum, aligned: true)
    #expect(late.start.secondsSinceEpoch == 0)
    #expect(late.rawValues == [1, 9])
    let before = series([1, 2, 3], start: -60).aggregated(to: .seconds(120), by: .sum, aligned: true)
    #expect(before.start.secondsSinceEpoch == -120)
    #expect(before.rawValues == [1, 5])
    let own = series([1, 2, 3, 4], start: 180).aggregated(to: .seconds(120), by: .sum)
    #expect(own.start.secondsSinceEpoch == 180 && own.rawValues == [3, 7])
  }

  @Test("a step that is not coarser changes nothing")
  func notCoarser() {
    let fine = series([1, 2])
    #expect(fine.aggregated(to: .seconds(60), by: .sum) == fine)
    #expect(fine.aggregated(to: .seconds(1), by: .sum) == fine)
  }

  @Test("the mean of means over whole steps is the mean of all")
  func meansAgree() throws {
    var stream = RandomStream(seed: 5)
    let fine = series((0..<1440).map { _ in stream.uniform(0, 100) })
    let coarse = fine.aggregated(to: .hours(1), by: .mean)
    #expect(coarse.count == 24)
    #expect(abs(try #require(coarse.mean) / #require(fine.mean) - 1) < 1e-12)
  }

  @Test("gaps are filled by straight lines, ends by the nearest value")
  func interpolation() {
    #expect(series([nil, nil, 2, nil, nil, 8, nil]).interpolated().rawValues == [2, 2, 2, 4, 6, 8, 8])
    #expect(series([3]).interpolated().rawValues == [3])
    #expect(series([nil, nil]).interpolated().rawValues == [0, 0])
    #expect(series([1, 2]).interpolated().rawValues == [1, 2])
  }
}
