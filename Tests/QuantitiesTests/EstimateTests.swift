import Quantities
import Testing

@Suite struct EstimateTests {
  let lift = Estimate<Factor>(low: 3, mid: 4, high: 6)

  @Test("low and high lie at the ranks that the confidence says")
  func ranks() {
    #expect(abs(lift.quantile(0.1).rawValue - 3) < 1e-9)
    #expect(abs(lift.quantile(0.5).rawValue - 4) < 1e-9)
    #expect(abs(lift.quantile(0.9).rawValue - 6) < 1e-9)
    let wide = Estimate<Factor>(low: 3, mid: 4, high: 6, confidence: 0.5)
    #expect(abs(wide.quantile(0.25).rawValue - 3) < 1e-9)
    #expect(abs(wide.quantile(0.75).rawValue - 6) < 1e-9)
  }

  @Test(
    "the probability above a quantile is what is left of one",
    arguments: [0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999])
  func inverse(_ p: Double) {
    #expect(abs(lift.probability(above: lift.quantile(p)) - (1 - p)) < 1e-9)
  }

  @Test("quantiles grow with their rank")
  func monotone() {
    var last = -Double.infinity
    for i in 1..<1000 {
      let value = lift.quantile(Double(i) / 1000).rawValue
      #expect(value > last)
      last = value
    }
  }

  @Test("a certain estimate is its value at every rank")
  func certain() {
    let exact = Estimate<Factor>(exactly: 4)
    #expect(exact.isCertain && exact.confidence == 1)
    for p in [0, 0.01, 0.5, 0.99, 1] { #expect(exact.quantile(p) == 4) }
    #expect(exact.probability(above: 3.9) == 1)
    #expect(exact.probability(above: 4) == 0)
    #expect("\(exact)" == "4x")
    #expect("\(lift)" == "4x (3x to 6x)")
  }

  @Test("one side may be certain")
  func oneSided() {
    let atLeast = Estimate<Factor>(low: 4, mid: 4, high: 6)
    #expect(atLeast.quantile(0.2) == 4)
    #expect(atLeast.probability(above: 3) == 1)
    #expect(abs(atLeast.probability(above: 6) - 0.1) < 1e-9)
  }

  @Test("ranks outside (0, 1) give the ends, never infinity")
  func ends() {
    #expect(lift.quantile(0) == 3)
    #expect(lift.quantile(-1) == 3)
    #expect(lift.quantile(1) == 6)
    #expect(lift.quantile(2) == 6)
    #expect(lift.quantile(.nan).isFinite)
    let sure = Estimate<Factor>(low: 3, mid: 4, high: 6, confidence: 1)
    #expect(sure.quantile(0.99).isFinite)
  }

  @Test("an increasing map keeps ranks; a falling one keeps the order")
  func maps() {
    let doubled = lift.mapped { RequestRate.perSecond($0.rawValue * 1000) }
    #expect(doubled.low == .perSecond(3000) && doubled.high == .perSecond(6000) && doubled.confidence == 0.8)
    let inverse = lift.mapped { Factor(rawValue: 12 / $0.rawValue) }
    #expect(inverse.low == 2 && inverse.mid == 3 && inverse.high == 4)
  }

  // Exit tests came with Swift 6.2; the package builds with 6.1.
  #if compiler(>=6.2)
    @Test("an estimate out of order stops the program with its sentence")
    func outOfOrder() async {
      await #expect(processExitsWith: .failure) { _ = Estimate<Factor>(low: 5, mid: 4, high: 6) }
      await #expect(processExitsWith: .failure) { _ = Estimate<Factor>(low: 3, mid: 4, high: 6, confidence: 0) }
    }
  #endif
}
