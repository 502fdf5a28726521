import Glibc
import Quantities
import Testing

@testable import Traffic

@Suite struct LevelShiftTests {
  static func analysis(_ level: (Int) -> Double, days: Int, noise: Double = 0.08, seed: UInt64 = 5) -> TrafficAnalysis {
    var random = RandomStream(seed: seed)
    let values = (0..<days * 24).map { i in
      level(i / 24) * (1 + 0.4 * sin(2 * .pi * Double(i) / 24)) * exp(random.normal(deviation: noise))
    }
    let series = TimeSeries<RequestRate>(
      start: Timestamp(secondsSinceEpoch: 1_767_225_600), step: .hours(1), rawValues: values)
    return TrafficAnalysis(of: series, zone: .utc)
  }

  @Test("a jump of the level is told with its day and its size, and is no growth")
  func jump() throws {
    let found = Self.analysis({ $0 < 60 ? 100 : 160 }, days: 120)
    let shift = try #require(found.levelShifts.first)
    #expect(found.levelShifts.count == 1)
    // 1 January 2026 and 60 days.
    #expect(abs(shift.date - (try #require(CivilDate(year: 2026, month: 3, day: 2)))) <= 1)
    #expect(abs(shift.factor.rawValue - 1.6) < 0.1)
    let growth = try #require(found.growth)
    #expect(abs(growth.logSlope) < 0.3)
  }

  @Test("steady noise and steady growth hold no change", arguments: [1 as UInt64, 2, 3, 4, 5, 6])
  func steady(_ seed: UInt64) {
    #expect(Self.analysis({ _ in 100 }, days: 120, seed: seed).levelShifts.isEmpty)
    #expect(Self.analysis({ 100 * exp(0.004 * Double($0)) }, days: 120, seed: seed).levelShifts.isEmpty)
  }

  @Test("growth that sets in is a change of growth")
  func bend() throws {
    let found = Self.analysis({ $0 < 100 ? 100 : 100 * exp(0.01 * Double($0 - 100)) }, days: 200)
    let shift = try #require(found.levelShifts.last)
    let growth = try #require(shift.growthAfter)
    // e^(0.01 x 365.25) - 1 = 37.6.
    #expect(growth.rawValue > 20 && growth.rawValue < 60, "\(growth)")
    #expect(abs(shift.date - (try #require(CivilDate(year: 2026, month: 4, day: 11)))) <= 14)
  }

  @Test("a short history and a day of outliers hold no change")
  func short() {
    #expect(Self.analysis({ $0 < 10 ? 100 : 200 }, days: 20).levelShifts.isEmpty)
    #expect(Self.analysis({ $0 == 50 ? 400 : 100 }, days: 100).levelShifts.isEmpty)
  }

  @Test("independent arrivals have an index of dispersion of one at every width; days alike resemble each other")
  func dispersion() throws {
    // Poisson counts of 400 an hour, near enough a normal of that variance.
    var random = RandomStream(seed: 8)
    let values = (0..<24 * 70).map { _ in max(0, 400 + random.normal(deviation: 20)) / 3600 }
    let series = TimeSeries<RequestRate>(
      start: Timestamp(secondsSinceEpoch: 1_767_225_600), step: .hours(1), rawValues: values)
    let scales = TrafficAnalysis(of: series, zone: .utc).burstScales
    #expect(scales.first?.width == .hours(1) && scales.last?.width == .days(7))
    for scale in scales.prefix(3) {
      let index = try #require(scale.indexOfDispersion)
      #expect(index > 0.6 && index < 1.4, "\(scale)")
    }
    // Wider means are closer to the average.
    #expect(zip(scales, scales.dropFirst()).allSatisfy { $0.peakToAverage >= $1.peakToAverage })
  }

  @Test("a weekend half the size is told as the range of a day's size")
  func sizes() throws {
    let found = Self.analysis({ $0 % 7 == 2 || $0 % 7 == 3 ? 50 : 100 }, days: 70, noise: 0.02)
    let days = try #require(found.daySimilarity)
    #expect(abs((try #require(days.sizeRange)) - 2) < 0.1)
    #expect((try #require(days.toDayBefore)) > 0.9)
    #expect(days.weekdays.count == 7 && days.weekdays.allSatisfy { $0.low <= $0.peak && $0.peak <= $0.high })
  }
}
