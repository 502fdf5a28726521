import Quantities
import Serving
import Testing

@Suite struct ScalabilityLawTests {
  /// The Cisco benchmark of Schwartz, "Practical Scalability Analysis with the Universal Scalability Law", 2015: throughput
  /// at 1 to 32 threads.
  private static let throughputs: [Double] = [
    955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61, 8278.71, 8646.7, 9047.84,
    9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43, 11518.63, 11806, 12089.37, 12075.41,
    12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
  ]
  static let cisco: [(concurrency: Double, throughput: Double)] = throughputs.enumerated().map { index, throughput in
    (concurrency: Double(index + 1), throughput: throughput)
  }

  @Test("a published benchmark gives the published sigma, kappa, lambda and peak")
  func published() throws {
    let fit = try ScalabilityFit(Self.cisco)
    #expect(abs(fit.law.contention / 0.02671591 - 1) < 1e-4)
    #expect(abs(fit.law.coherency / 7.690945e-4 - 1) < 1e-4)
    #expect(abs(fit.law.rate.perSecond / 995.6486 - 1) < 1e-5)
    #expect(Int(fit.law.peakConcurrency) == 35)
    #expect(abs(fit.law.peakRate.perSecond / 12341.7454 - 1) < 1e-4)
    // Of the published parameters on these throughputs, computed apart: sqrt(mean((X(N) / x - 1)^2)) = 2.24808 %. The fit
    // is of absolute errors: at low loads, which weigh little in it, it is up to 5 % off.
    #expect(abs(fit.relativeError - 0.0224808) < 1e-6)
  }

  // Standard errors 4.4938e-3 and 8.6455e-5 (scipy, least_squares, J'J), t = 2.0452 for 29 degrees of freedom.
  @Test("intervals are the fit's standard errors times Student's t")
  func intervals() throws {
    let fit = try ScalabilityFit(Self.cisco)
    #expect(abs((fit.contention.upperBound - fit.law.contention) / (2.0452 * 4.49384e-3) - 1) < 1e-3)
    #expect(abs((fit.coherency.upperBound - fit.law.coherency) / (2.0452 * 8.64553e-5) - 1) < 1e-3)
    #expect(fit.peakConcurrency.contains(fit.law.peakConcurrency) && fit.peakConcurrency.upperBound < 45)
    #expect(fit.peakRate.contains(12341.7) && fit.peakRate.upperBound < 13_000)
  }

  // SPEC SDM91 on a SPARCcenter 2000, the example of the R package usl: sigma 0.0277, kappa 0.000104, peak 96.5.
  @Test("SPEC SDM91 peaks at 96.5 users")
  func specification() throws {
    let points = [(1, 64.9), (18, 995.9), (36, 1652.4), (72, 1853.2), (108, 1828.9), (144, 1775.0), (216, 1702.2)]
    let fit = try ScalabilityFit(points.map { (concurrency: Double($0.0), throughput: $0.1) })
    #expect(abs(fit.law.contention - 0.0277283) < 1e-5 && abs(fit.law.coherency - 0.000104366) < 1e-7)
    #expect(abs(fit.law.peakConcurrency - 96.519) < 0.01)
  }

  @Test(
    "points of the law itself are found again, without error",
    arguments: [(0.0, 0.0), (0.05, 0), (0, 0.001), (0.3, 0.01)])
  func exact(contention: Double, coherency: Double) throws {
    let law = ScalabilityLaw(rate: .perSecond(50), contention: contention, coherency: coherency)
    let fit = try ScalabilityFit(
      [1, 2, 4, 8, 16, 32].map { (concurrency: $0, throughput: law.throughput(at: $0).perSecond) })
    #expect(abs(fit.law.rate.perSecond - 50) < 1e-5)
    #expect(abs(fit.law.contention - contention) < 1e-6 && abs(fit.law.coherency - coherency) < 1e-7)
  }

  @Test(
    "the knee is where throughput over response time is highest", arguments: [(0.02, 0.0), (0.02, 0.0008), (0, 0.001)])
  func knee(contention: Double, coherency: Double) {
    let law = ScalabilityLaw(rate: .perSecond(10), contention: contention, coherency: coherency)
    func power(_ n: Double) -> Double { law.throughput(at: n).perSecond / law.responseTime(at: n) }
    let knee = law.kneeConcurrency
    #expect(power(knee) > power(knee * 1.01) && power(knee) > power(knee * 0.99))
  }

  @Test("fewer than three loads, and values without meaning, are refused")
  func refusals() {
    #expect(throws: ServingError.self) { try ScalabilityFit([]) }
    #expect(throws: ServingError.self) { try ScalabilityFit([(1, 2), (2, 3), (2, 4)]) }
    #expect(throws: ServingError.self) { try ScalabilityFit([(1, 2), (2, 3), (3, .nan)]) }
    #expect(throws: ServingError.self) { try ScalabilityFit([(0, 2), (2, 3), (3, 4)]) }
  }
}
