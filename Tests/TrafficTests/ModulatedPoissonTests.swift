import Quantities
import Testing
import Traffic

@Suite struct ModulatedPoissonTests {
  /// Arrivals of a two-state process, drawn here by its definition alone.
  private func arrivals(_ process: ModulatedPoisson, seconds: Double, seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed)
    var times: [Double] = []
    var now = 0.0
    var isBusy = false
    while now < seconds {
      let leaving = process.switching * (isBusy ? 1 - process.busyShare : process.busyShare)
      let end = now + random.exponential(mean: 1 / leaving)
      let rate = process.meanRate.perSecond * (isBusy ? process.factors.busy : process.factors.quiet)
      var time = now + random.exponential(mean: 1 / max(rate, 1e-9))
      while time < min(end, seconds) {
        times.append(time)
        time += random.exponential(mean: 1 / max(rate, 1e-9))
      }
      now = end
      isBusy.toggle()
    }
    return times
  }

  @Test("a fit finds the process that made the arrivals")
  func roundTrip() throws {
    let made = ModulatedPoisson(variation: 0.8, switching: 0.2, meanRate: .perSecond(20))
    let found = try #require(ModulatedPoisson(fitting: arrivals(made, seconds: 40_000, seed: 3)))
    #expect(abs(found.variation / 0.8 - 1) < 0.1)
    #expect(abs(found.switching / 0.2 - 1) < 0.2)
    #expect(abs(found.dispersion(over: 60) / made.dispersion(over: 60) - 1) < 0.1)
  }

  @Test("the mean of both states is the mean, and the quiet one is never below zero", arguments: [0, 0.5, 1, 3, 10.0])
  func states(variation: Double) {
    let process = ModulatedPoisson(variation: variation, switching: 1, meanRate: .perSecond(5))
    let (busy, quiet) = process.factors
    #expect(abs(process.busyShare * busy + (1 - process.busyShare) * quiet - 1) < 1e-12)
    #expect(quiet >= 0)
  }

  @Test("Poisson arrivals, and few, are no bursts")
  func poisson() {
    var random = RandomStream(seed: 5)
    var now = 0.0
    let times = (0..<20_000).map { _ in
      now += random.exponential(mean: 0.1)
      return now
    }
    if let fit = ModulatedPoisson(fitting: times) { #expect(fit.dispersion < 1.4) }
    #expect(ModulatedPoisson(fitting: [1, 2, 3]) == nil)
    #expect(ModulatedPoisson(fitting: []) == nil)
  }
}
