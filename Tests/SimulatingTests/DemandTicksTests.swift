import Quantities
import Simulating
import Testing

@Suite struct DemandTicksTests {
  private func ticks(
    _ rates: [Double], step: Duration, tick: Duration, _ interpolation: FluidWorld.Interpolation = .steps
  ) -> DemandTicks {
    DemandTicks(FluidWorldTests.demand(rates, step: step), tick: tick, interpolation)
  }

  @Test("a whole number of ticks fits a step, none longer than wanted")
  func divides() {
    #expect(ticks([1], step: .seconds(60), tick: .seconds(15)).tick == .seconds(15))
    #expect(ticks([1], step: .seconds(100), tick: .seconds(15)).tick == .milliseconds(12_500))
    let odd = ticks([1], step: .seconds(3600), tick: .seconds(7))
    #expect(odd.tick <= .seconds(7) && odd.tick * odd.rates.count == .seconds(3600))
    #expect(ticks([1], step: .seconds(10), tick: .seconds(15)).tick == .seconds(10))
  }

  @Test("steps keep the number of requests, lines run between the middles")
  func interpolation() {
    let steps = ticks([10, 30], step: .seconds(60), tick: .seconds(15))
    #expect(steps.rates == [10, 10, 10, 10, 30, 30, 30, 30])
    let lines = ticks([10, 30], step: .seconds(60), tick: .seconds(15), .lines)
    #expect(lines.rates == [10, 10, 12.5, 17.5, 22.5, 27.5, 30, 30])
    #expect(ticks([10, 30], step: .seconds(15), tick: .seconds(15), .lines).rates == [10, 30])
  }

  @Test("gaps are bridged, negative rates are none, infinite ones are gaps")
  func cleaned() {
    let rates = ticks([2, .nan, 4, -7, .infinity, 6], step: .seconds(15), tick: .seconds(15)).rates
    #expect(rates == [2, 3, 4, 0, 3, 6])
  }

  @Test("odd steps and tiny ticks end, with a bounded number of ticks")
  func bounded() {
    let odd = ticks([1, 2], step: .nanoseconds(86_399_000_000_007), tick: .seconds(15))
    #expect(odd.tick <= .seconds(15) && odd.rates.count >= 2 * 5760)
    #expect(ticks([1, 2, 3], step: .seconds(3600), tick: .nanoseconds(1)).rates.count <= 21_000_000)
  }
}
