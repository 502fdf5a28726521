import HeadroomTesting
import LoadTesting
import Quantities
import Testing

@Suite struct SaturationSearchTests {
  /// Searches a service whose every probe is judged by `verdict`.
  func search(
    _ search: SaturationSearch, _ verdict: (_ rate: Double, _ length: Double, _ number: Int) -> SaturationProbe.Verdict
  ) -> SaturationSearch {
    var search = search
    var number = 0
    while case .probe(let rate, let length) = search.step {
      search.note(SaturationProbe(rate: rate, verdict: verdict(rate, length, number), good: rate <= 1234 ? 1 : 0))
      number += 1
      if number > 200 { break }
    }
    return search
  }

  @Test("brackets by doubling and halves until the interval is narrow", arguments: [1.0, 100, 1234, 50_000])
  func converges(_ start: Double) throws {
    let result = search(SaturationSearch(start: start)) { rate, _, _ in rate <= 1234 ? .passed : .missed }
    #expect(result.reason == .converged)
    let low = try #require(result.low)
    let high = try #require(result.high)
    #expect(low <= 1234 && high >= 1234 && high / low <= 1.021)
    #expect(result.probes.count < 24)
  }

  @Test("an aborted probe is never a bound and is tried again")
  func aborted() {
    let result = search(SaturationSearch(start: 100)) { rate, _, number in
      number % 2 == 0 ? .aborted : rate <= 1234 ? .passed : .missed
    }
    #expect(result.reason == .converged)
    #expect((result.low ?? 0) <= 1234 && (result.high ?? 0) >= 1234)
    let never = search(SaturationSearch(start: 100)) { _, _, _ in .aborted }
    #expect(never.reason == .aborted)
    #expect(never.rate == nil)
    #expect(never.probes.count == SaturationSearch.mostAbortions)
  }

  @Test("a probe that cannot tell is looked at longer, then its estimate decides")
  func unresolved() {
    var lengths: [Double] = []
    let result = search(SaturationSearch(start: 100)) { rate, length, _ in
      if abs(rate / 1234 - 1) < 0.05 {
        lengths.append(length)
        return .unresolved
      }
      return rate <= 1234 ? .passed : .missed
    }
    #expect(result.reason == .converged)
    #expect(lengths.contains(2) && lengths.contains(4) && !lengths.contains { $0 > 4 })
    #expect(abs((result.rate ?? 0) / 1234 - 1) < 0.03)
  }

  @Test("says so where every rate passes, and where none does")
  func ends() {
    let above = search(SaturationSearch(start: 100, highestRate: 3000)) { _, _, _ in .passed }
    #expect(above.reason == .aboveLimit)
    #expect(above.low == 3000 && above.high == nil)
    let below = search(SaturationSearch(start: 100)) { _, _, _ in .missed }
    #expect(below.reason == .belowStart)
    #expect(below.rate == nil)
  }

  @Test("one unlucky probe below the limit is looked at again before it becomes the answer")
  func hiccup() throws {
    let result = search(SaturationSearch(start: 500)) { rate, _, number in
      // The first probe meets a machine that was busy with something else.
      number == 0 ? .missed : rate <= 1234 ? .passed : .missed
    }
    #expect(result.reason == .converged)
    #expect(abs(try #require(result.rate) / 1234 - 1) < 0.02)
  }

  @Test("one lucky probe above the limit does not carry the answer away")
  func noise() throws {
    let result = search(SaturationSearch(start: 100)) { rate, _, number in
      // The first probe above passes by luck.
      number == 4 ? .passed : rate <= 1234 ? .passed : .missed
    }
    let rate = try #require(result.rate)
    #expect(rate < 1700)
    #expect(result.probes.count <= 40)
  }
}

@Suite struct ScalabilityLawTests {
  @Test("finds the parameters that made the points")
  func finds() throws {
    let truth = ScalabilityLaw(lambda: 1000, sigma: 0.03, kappa: 0.0005)
    let law = try #require(
      ScalabilityLaw(fitting: [1, 2, 4, 8, 16, 32, 64].map { (Double($0), truth.throughput(Double($0))) }))
    #expect(abs(law.lambda - 1000) < 1e-6)
    #expect(abs(law.sigma - 0.03) < 1e-9)
    #expect(abs(law.kappa - 0.0005) < 1e-9)
    // N* = sqrt((1 - sigma) / kappa).
    #expect(abs((law.peakConcurrency ?? 0) - (0.97 / 0.0005).squareRoot()) < 1e-6)
    #expect(law.fit > 0.999999)
  }

  @Test("fewer than six levels are not fitted")
  func few() {
    #expect(ScalabilityLaw(fitting: [(1, 10), (2, 19), (3, 27), (4, 33), (5, 40)]) == nil)
    #expect(ScalabilityLaw(fitting: [(1, .nan), (2, 19), (3, 27), (4, 33), (5, 40), (-1, 3)]) == nil)
  }

  @Test("a knee is where throughput stops growing; a straight line has none")
  func knee() throws {
    let flat = (1...10).map { (concurrency: Double($0), throughput: Double(min($0, 5)) * 100) }
    let knee = try #require(ScalabilityKnee(fitting: flat))
    #expect(abs(knee.concurrency - 5) <= 1)
    #expect(ScalabilityKnee(fitting: (1...10).map { (Double($0), Double($0) * 100) }) == nil)
  }
}
