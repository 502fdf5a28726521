import LoadTesting
import Quantities
import Testing
import Traffic

@Suite struct ArrivalScheduleTests {
  func seconds(_ schedule: ArrivalSchedule) -> [Double] { schedule.map { Double($0) / 1e9 } }
  func gaps(_ times: [Double]) -> [Double] { zip(times.dropFirst(), times).map { $0 - $1 } }

  @Test("a constant rate comes evenly, the first at once, exactly as many as asked for")
  func constant() {
    let times = Array(ArrivalSchedule(.constant(.perSecond(1000), for: .seconds(10))))
    #expect(times.count == 10_000)
    #expect(times.first == 0)
    #expect(times.last == 9_999_000_000)
    #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 == 1_000_000 })
    #expect(Array(ArrivalSchedule(.constant(.perSecond(3), for: .seconds(10)))).count == 30)
    #expect(Array(ArrivalSchedule(.constant(.perSecond(0.1), for: .seconds(30)))).count == 3)
  }

  @Test("Poisson gaps have a coefficient of variation of 1 and the right mean", arguments: [1, 2, 3] as [UInt64])
  func poisson(_ seed: UInt64) throws {
    let times = seconds(ArrivalSchedule(.constant(.perSecond(1000), for: .seconds(20)), spacing: .poisson, seed: seed))
    let gaps = gaps(times)
    let mean = try #require(Statistics.mean(gaps))
    let deviation = try #require(Statistics.deviation(gaps))
    // Of 20,000 gaps the mean strays by 0.7 % and the coefficient by about as much (one standard deviation).
    #expect(abs(mean * 1000 - 1) < 0.03)
    #expect(abs(deviation / mean - 1) < 0.05)
  }

  @Test("a workload is sent as it is simulated: its rates in their time, scattered as its users come")
  func workload() throws {
    let series = TimeSeries<RequestRate>(
      start: Timestamp(secondsSinceEpoch: 0), step: .minutes(1), rawValues: [60, 120])
    let even = ArrivalSchedule(Workload(series: series, arrivals: .fluid))
    #expect(even.length == .minutes(2) && even.expectedCount == 10_800)
    #expect(Array(even).count == 10_800)
    // A tenth of the rates in a sixth of the time: a sixtieth of the requests.
    #expect(ArrivalSchedule(Workload(series: series), speed: 6, scale: 0.1).expectedCount == 180)
    let bursts = seconds(
      ArrivalSchedule(
        Workload(series: series, arrivals: .gamma(coefficientOfVariation: 2)), speed: 1, scale: 10, seed: 3))
    let gaps = gaps(Array(bursts.prefix(15_000)))
    let mean = try #require(Statistics.mean(gaps)), deviation = try #require(Statistics.deviation(gaps))
    #expect(abs(deviation / mean / 2 - 1) < 0.08)
  }

  @Test("gamma gaps have the coefficient of variation of their shape", arguments: [0.25, 1, 4])
  func gamma(_ shape: Double) throws {
    let times = seconds(
      ArrivalSchedule(.constant(.perSecond(1000), for: .seconds(40)), spacing: .gamma(shape: shape), seed: 5))
    let gaps = gaps(times)
    let mean = try #require(Statistics.mean(gaps))
    let deviation = try #require(Statistics.deviation(gaps))
    #expect(abs(deviation / mean * shape.squareRoot() - 1) < 0.08)
  }

  @Test("the same seed gives the same times, another seed others")
  func seeds() {
    func times(_ seed: UInt64) -> [Int64] {
      Array(ArrivalSchedule(.constant(.perSecond(100), for: .seconds(5)), spacing: .poisson, seed: seed))
    }
    #expect(times(7) == times(7))
    #expect(times(7) != times(8))
  }

  @Test("a ramp reaches its k-th arrival where the integral of the rate is k")
  func ramp() {
    // From 0 to 100/s in 10 s: the integral is 5 t^2, so that t = sqrt(k / 5).
    let times = seconds(ArrivalSchedule(.ramp(from: .zero, to: .perSecond(100), for: .seconds(10))))
    #expect(times.count == 500)
    for (k, time) in times.enumerated() { #expect(abs(time - (Double(k) / 5).squareRoot()) < 2e-9) }
    let falling = seconds(ArrivalSchedule(.ramp(from: .perSecond(100), to: .zero, for: .seconds(10))))
    #expect(falling.count == 500)
    #expect(falling.allSatisfy { $0.isFinite })
  }

  @Test("steps, a spike and a wave have the arrivals of their parts")
  func shapes() {
    let steps = seconds(ArrivalSchedule(.steps([.perSecond(10), .perSecond(30)], each: .seconds(5))))
    #expect(steps.filter { $0 < 5 }.count == 50)
    #expect(steps.filter { $0 >= 5 }.count == 150)
    let spike = seconds(
      ArrivalSchedule(
        .spike(base: .perSecond(10), peak: .perSecond(100), after: .seconds(2), lasting: .seconds(1), for: .seconds(5)))
    )
    #expect(spike.filter { $0 >= 2 && $0 < 3 }.count == 100)
    #expect(spike.count == 140)
    let wave = seconds(
      ArrivalSchedule(
        .sine(mean: .perSecond(100), amplitude: .perSecond(50), period: .seconds(10), for: .seconds(20))))
    // Half a period holds mean * 5 s +- amplitude * 10 s / pi.
    #expect(abs(Double(wave.filter { $0 < 5 }.count) - (500 + 500 / Double.pi)) < 2)
    #expect(abs(wave.count - 2000) <= 1)
  }

  @Test("a recording keeps its spacing, at the speed asked for")
  func recording() {
    let stamps = [5.0, 1, 2, 2.5].map { Timestamp(secondsSinceEpoch: 1_000_000 + $0) }
    #expect(seconds(ArrivalSchedule(timestamps: stamps)) == [0, 1, 1.5, 4])
    #expect(seconds(ArrivalSchedule(timestamps: stamps, speed: 2)) == [0, 0.5, 0.75, 2])
    #expect(Array(ArrivalSchedule(timestamps: [])).isEmpty)
    #expect(ArrivalSchedule(timestamps: stamps).peak == .perSecond(2))
  }

  @Test("degenerate rates send nothing and never hang")
  func degenerate() {
    for rate in [0, -5, Double.nan, .infinity] {
      #expect(Array(ArrivalSchedule(.constant(.perSecond(rate), for: .seconds(1)))).isEmpty)
    }
    #expect(Array(ArrivalSchedule(RateProfile(pieces: []))).isEmpty)
    #expect(Array(ArrivalSchedule(.constant(.perSecond(10), for: .zero))).isEmpty)
    #expect(
      Array(ArrivalSchedule(.sine(mean: .zero, amplitude: .perSecond(9), period: .zero, for: .seconds(1)))).isEmpty)
  }
}
