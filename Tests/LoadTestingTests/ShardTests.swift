import LoadTesting
import Quantities
import Testing

@Suite struct ShardTests {
  static let schedules: [ArrivalSchedule] = [
    ArrivalSchedule(.constant(.perSecond(97), for: .seconds(10))),
    ArrivalSchedule(.constant(.perSecond(100), for: .seconds(10)), spacing: .poisson, seed: 7),
    ArrivalSchedule(
      .ramp(from: .perSecond(1), to: .perSecond(300), for: .seconds(5)), spacing: .gamma(shape: 0.25), seed: 9),
    ArrivalSchedule(timestamps: [5, 1, 3, 3, 3, 9, 2].map { Timestamp(secondsSinceEpoch: $0) }, speed: 2),
    ArrivalSchedule(timestamps: []),
  ]

  @Test("the shards of any schedule are together the whole, each arrival once", arguments: 0..<schedules.count)
  func union(_ index: Int) throws {
    let schedule = Self.schedules[index]
    let whole = Array(schedule)
    for count in [1, 2, 3, 7, 16] {
      let parts = try (1...count).map { Array(schedule.sharded(try #require(Shard($0, of: count)))) }
      #expect(parts.joined().sorted() == whole.sorted())
      // Of any stretch each has its share: their sizes differ by one at most.
      #expect((parts.map(\.count).max() ?? 0) - (parts.map(\.count).min() ?? 0) <= 1)
    }
  }

  @Test("a shard expects its share, and all shards have one fingerprint, another schedule another")
  func fingerprint() throws {
    let schedule = Self.schedules[1]
    let shard = try #require(Shard("2/4"))
    let part = schedule.sharded(shard)
    #expect(part.fingerprint == schedule.fingerprint)
    #expect(part.expectedCount == schedule.expectedCount / 4)
    #expect(part.peak == .perSecond(25))
    #expect(Set(Self.schedules.map(\.fingerprint)).count == Self.schedules.count)
    let other = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(10)), spacing: .poisson, seed: 8)
    #expect(other.fingerprint != schedule.fingerprint)
    let recorded = Self.schedules[3]
    let sizes = (1...3).compactMap { Shard($0, of: 3) }.map { recorded.sharded($0).expectedCount }
    #expect(sizes == [3, 2, 2])
  }

  @Test(
    "what is no part of a whole is no shard", arguments: ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/3", "1/"])
  func refuses(_ text: String) { #expect(Shard(text) == nil) }

  @Test("a curve of rates is straight between the middles of its steps, at a speed and a scale")
  func curve() {
    let series = TimeSeries<RequestRate>(
      start: Timestamp(secondsSinceEpoch: 0), step: .minutes(1), rawValues: [100, .nan, 300])
    let profile = RateProfile(series, speed: 6, scale: 0.1)
    // Three minutes in thirty seconds; the gap is bridged. The area under the curve is that of the steps, because the
    // ends are flat for half a step: (100 + 200 + 300) * 0.1 * 10 s.
    #expect(profile.length == .seconds(30))
    #expect(abs(profile.arrivals - 600) < 1e-9)
    #expect(profile.peak == .perSecond(30))
    #expect(RateProfile(TimeSeries(start: series.start, step: .minutes(1), rawValues: [])).pieces.isEmpty)
  }
}
