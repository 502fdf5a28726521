import Testing

@testable import Scaling

@Suite struct RayServeAutoscalerTests {
  private func config(_ change: (inout RayServeConfig) -> Void) -> RayServeConfig {
    var config = RayServeConfig()
    config.maxReplicas = 20
    change(&config)
    return config
  }

  /// Decides once a second on a constant load, the replicas following at once.
  private func run(_ config: RayServeConfig, ongoing: Double, from start: Int, seconds: Int) -> [Int] {
    var autoscaler = RayServeAutoscaler(config, interval: 1)
    var target = start
    return (0..<seconds).map { t in
      target = autoscaler.decide(at: Double(t), ongoing: ongoing, running: target, target: target).desired
      return target
    }
  }

  @Test("more must be wanted for the whole upscale delay") func waitsBeforeUpscaling() {
    let path = run(config { $0.upscaleDelay = 30 }, ongoing: 20, from: 2, seconds: 32)
    #expect(path[29] == 2 && path[30] == 10)
  }

  @Test("wakes from zero at once") func coldStart() {
    var autoscaler = RayServeAutoscaler(config { $0.minReplicas = 0 })
    #expect(autoscaler.decide(at: 0, ongoing: 1, running: 0, target: 0).desired == 1)
  }

  @Test("only one replica leads to none, after its own delay") func toZero() {
    let path = run(
      config {
        $0.minReplicas = 0
        $0.downscaleDelay = 5
        $0.downscaleToZeroDelay = 10
      }, ongoing: 0, from: 4, seconds: 20)
    #expect(path[4] == 4 && path[5] == 1 && path[15] == 1 && path[16] == 0)
  }

  @Test("a factor below one moves part of the way, at least by one") func factor() {
    var autoscaler = RayServeAutoscaler(
      config {
        $0.downscaleDelay = 0
        $0.downscalingFactor = 0.1
      })
    #expect(autoscaler.decide(at: 0, ongoing: 2, running: 4, target: 4).desired == 3)
  }

  @Test("the older semantics count loops, not seconds") func olderSemantics() {
    let settings = config { $0.upscaleDelay = 3 }
    var old = RayServeAutoscaler(settings, version: .countingLoops, interval: 1)
    // Slow loops: ten seconds apart, and still three loops must pass.
    let path = (0..<5).map { old.decide(at: Double($0) * 10, ongoing: 20, running: 2, target: 2).desired }
    #expect(path[2] == 2 && path[3] == 10)
    var new = RayServeAutoscaler(settings)
    let newPath = (0..<5).map { new.decide(at: Double($0) * 10, ongoing: 20, running: 2, target: 2).desired }
    #expect(newPath[0] == 2 && newPath[1] == 10)
  }
}
