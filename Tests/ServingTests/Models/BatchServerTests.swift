import Quantities
import Serving
import Testing

@Suite struct BatchServerTests {
  private func server(
    _ maximum: Int, delay: Duration = .zero, preferred: [Int] = [], instances: Int = 1,
    fixed: Duration = .milliseconds(4),
    each: Duration = .milliseconds(1)
  ) throws -> BatchServer {
    try BatchServer(
      batchTime: fixed, requestTime: each,
      rules: BatchRules(maximum: maximum, delay: delay, preferred: preferred, instances: instances))
  }

  // A batch of one at a time is M/D/1: Wq = r / (2 (1 - r)) service times.
  @Test("batches of one are M/D/1", arguments: [0.3, 0.7, 0.9])
  func single(utilization: Double) throws {
    let level = try server(1).level(of: .perSecond(200 * utilization), replicas: 1)
    let exact = 0.005 * (1 + utilization / (2 * (1 - utilization)))
    #expect(abs((level.latency?.mean ?? 0) / exact - 1) < 0.03)
  }

  @Test("an idle server answers after one batch of one, and after the delay where it waits for others")
  func idle() throws {
    #expect(abs((try server(32).level(of: .zero, replicas: 1).latency?.p50 ?? 0) / 0.005 - 1) < 0.01)
    let waiting = try server(32, delay: .milliseconds(3)).level(of: .zero, replicas: 1)
    #expect(abs((waiting.latency?.p50 ?? 0) / 0.008 - 1) < 0.01)
    let preferred = try server(32, delay: .milliseconds(3), preferred: [1]).level(of: .zero, replicas: 1)
    #expect(abs((preferred.latency?.p50 ?? 0) / 0.005 - 1) < 0.01)
  }

  @Test("saturates at the maximum batch over its time, on every instance")
  func capacity() throws {
    #expect(abs(try server(32).capacityPerReplica.perSecond - 32 / 0.036) < 1e-9)
    #expect(abs(try server(32, instances: 2).capacityPerReplica.perSecond - 64 / 0.036) < 1e-9)
    #expect(try server(32).level(of: .perSecond(900), replicas: 1).isSaturated)
  }

  // Unlimited batches (Neuts' bulk service) at load l: the mean batch solves b = l (alpha + beta b) nearly, and an arrival
  // waits for about half of the running batch: 1.5 L(b) is the usual rule, good to some 15 % at middle loads.
  @Test("at middle loads the mean is near 1.5 times the batch of Little's law")
  func rule() throws {
    let rate = 500.0
    let batch = rate * 0.004 / (1 - rate * 0.001)
    let level = try server(256).level(of: .perSecond(rate), replicas: 1)
    #expect(abs((level.latency?.mean ?? 0) / (1.5 * (0.004 + 0.001 * batch)) - 1) < 0.15)
  }

  @Test("more load never answers sooner beyond the delay, and sizing agrees with itself")
  func sizing() throws {
    let model = try server(32)
    let capacity = ServiceCapacity(model, meeting: Objective(latency: [.p99(.milliseconds(60))]))
    let one = capacity.carried(by: 1)
    #expect(one > .perSecond(400) && one < model.capacityPerReplica)
    #expect(capacity.replicas(for: one * 3) == 3)
  }

  @Test("a step takes alpha + beta x size and holds its memory")
  func step() throws {
    let model = try BatchServer(
      batchTime: .milliseconds(4), requestTime: .milliseconds(1), rules: BatchRules(maximum: 8),
      batchMemory: (fixed: Bytes(rawValue: 1000), each: Bytes(rawValue: 10)))
    #expect(abs((model.batchStep(of: 8)?.time ?? 0) - 0.012) < 1e-15)
    #expect(model.batchStep(of: 8)?.memory == Bytes(rawValue: 1080))
    #expect(throws: ServingError.self) {
      try BatchServer(batchTime: .zero, requestTime: .zero, rules: BatchRules(maximum: 8))
    }
  }
}
