import Catalogs
import Quantities
import Scaling
import Serving
import Simulating
import Testing
import Traffic

/// A replica whose steps take a second each, whatever is in them, but for the prompts' attention, which is free.
func plainReplica(
  batched: Int = 1000, sequences: Int = 8, cache: Double = 1e6, entry: Double = 0
) throws -> TokenReplica {
  var engine = try #require(EngineCatalog.builtIn.engines.first)
  engine.perStep = 1
  engine.perLayer = 0
  engine.perExpertLayer = 0
  engine.perLatentLayer = 0
  engine.perPromptLayer = 0
  engine.perPromptExpertLayer = 0
  engine.perSequence = 0
  engine.perPrompt = 0
  let chip = Accelerator(
    name: "ideal", vendor: "none", memory: .gigabytes(80), denseRate: .teraPerSecond(1e9),
    memoryBandwidth: .gigabytesPerSecond(1e12), networkBandwidth: .gigabytesPerSecond(1e9), source: "made up",
    date: "2025")
  let model = try #require(Catalog.builtIn.model(meantBy: "Llama-3.1-8B"))
  let deployment = Deployment(model: model, accelerator: chip, weights: .bf16, engine: engine)
  return TokenReplica(
    deployment: deployment, step: StepTime(deployment),
    limits: TokenScheduler.Limits(batchedTokens: batched, sequences: sequences, cacheTokens: cache), entry: entry)
}

@Suite struct TokenWorldTests {
  private func trace(
    _ count: Int, every gap: Double, seed: UInt64 = 3, families: Int = 0
  ) -> TokenTrace {
    var random = RandomStream(seed: seed)
    var time = 0.0
    return TokenTrace(
      (0..<count).map { i in
        time += random.exponential(mean: gap)
        let input = 200 + Int(random.uniform() * 400)
        let family = families > 0 ? Int(random.uniform() * Double(families)) + 1 : 0
        let blocks =
          families > 0 ? (0..<(input / 16)).map { $0 < 12 ? family * 100 + $0 : 1_000_000 + i * 64 + $0 } : []
        return TokenRequest(arrival: time, input: input, output: 1 + Int(random.uniform() * 30), blocks: blocks)
      }, blockTokens: 16)
  }

  @Test(
    "one request has its first token a step after it came and the others a step apart, and the way in and out beside")
  func single() throws {
    let world = TokenWorld(try plainReplica(entry: 0.25))
    let record = world.replay(TokenTrace([TokenRequest(arrival: 0, input: 100, output: 5)]))
    let request = try #require(record.requests.first)
    #expect(abs(request.firstToken - 1.25) < 1e-6 && abs(request.response - 5.25) < 1e-6)
    #expect(abs((request.perToken ?? 0) - 1) < 1e-6)
    #expect(record.answered == 1 && record.outputTokens == 5 && record.inputTokens == 100)
  }

  @Test("every request is answered once by every router, and tokens add up", arguments: TokenRouting.allCases)
  func conserves(routing: TokenRouting) throws {
    let trace = trace(400, every: 0.9, families: 6)
    let record = TokenWorld(try plainReplica(), replicas: 3, routing: routing).replay(trace)
    #expect(record.answered == 400 && record.unfinished == 0)
    #expect(record.outputTokens == Double(trace.requests.reduce(0) { $0 + $1.output }))
    #expect(record.replicas.reduce(0) { $0 + $1.requests } == 400)
    #expect(record.gaps.count == UInt64(record.outputTokens) - 400)
    // No token comes faster than a step.
    #expect(record.requests.allSatisfy { $0.firstToken >= 1 - 1e-9 && ($0.perToken ?? 1) >= 1 - 1e-6 })
    let again = TokenWorld(try plainReplica(), replicas: 3, routing: routing).replay(trace)
    #expect(again.requests == record.requests)
  }

  @Test("a router that looks at queues waits less than one that does not")
  func routers() throws {
    let trace = trace(3000, every: 0.75)
    func mean(_ routing: TokenRouting) throws -> Double {
      TokenWorld(try plainReplica(), replicas: 4, routing: routing).replay(trace).firstToken.mean
    }
    let (least, two, random) = (try mean(.leastLoaded), try mean(.powerOfTwo), try mean(.random))
    #expect(least < two && two < random)
  }

  @Test("more replicas never wait longer")
  func monotone() throws {
    let trace = trace(800, every: 0.8)
    var before = Double.infinity
    for replicas in [2, 3, 4, 8] {
      let mean = TokenWorld(try plainReplica(), replicas: replicas).replay(trace).firstToken.mean
      #expect(mean <= before)
      before = mean
    }
  }

  @Test("a router that knows prefixes finds more of them than one that does not, where a replica holds few")
  func prefixes() throws {
    let trace = trace(1500, every: 1.2, families: 12)
    func share(_ routing: TokenRouting) throws -> Double {
      TokenWorld(try plainReplica(cache: 6000), replicas: 4, routing: routing).replay(trace).cachedShare.rawValue
    }
    let (aware, turns) = (try share(.prefixAware), try share(.roundRobin))
    #expect(aware > turns + 0.05)
    let world = TokenWorld(try plainReplica(cache: 6000), replicas: 4, keepsPrefixes: false)
    #expect(world.replay(trace).cachedTokens == 0)
  }

  @Test("in two pools no prompt stands in an answer's way, and what is handed over is paid for")
  func twoPools() throws {
    let trace = trace(300, every: 2)
    let one = try plainReplica(batched: 300)
    let split = TokenWorld(one, replicas: 2, prefill: (one, 2)).replay(trace)
    #expect(split.answered == 300 && split.unfinished == 0)
    #expect(split.outputTokens == Double(trace.requests.reduce(0) { $0 + $1.output }))
    let roles = split.replicas.map(\.role)
    #expect(roles == [.prefill, .prefill, .decode, .decode])
    // An answer waits for a step that runs, at most.
    #expect(
      split.requests.allSatisfy { request in
        request.output < 2 || request.response - request.firstToken <= Double(request.output) + 1e-6
      })
  }

  @Test("a replica with feedback is never handed anything in its past: two pools fed slowly take exactly their steps")
  func noPast() throws {
    let one = try plainReplica()
    let requests = (0..<20).map { TokenRequest(arrival: Double($0) * 10.25, input: 50, output: 25) }
    let record = TokenWorld(one, replicas: 1, prefill: (one, 1)).replay(TokenTrace(requests))
    for request in record.requests {
      // 1 s of prompt; then its 24 tokens behind the step that runs when it comes.
      let wait = request.response - request.firstToken - 24
      #expect(abs(request.firstToken - 1) < 1e-3)
      #expect(wait > -1e-3 && wait < 1 + 1e-3)
    }
  }

  @Test("a request that is longer than a replica's cache is refused, and the others are answered")
  func refuses() throws {
    let requests = [10, 5000, 20].enumerated().map {
      TokenRequest(arrival: Double($0.offset), input: $0.element, output: 3)
    }
    let record = TokenWorld(try plainReplica(cache: 1000)).replay(TokenTrace(requests))
    #expect(record.refused == 1 && record.answered == 2)
  }

  // Little's law over a whole run: the sum of times in the system is the integral of the number there.
  @Test("under a policy every request is offered, answered, or still there")
  func fleet() throws {
    var world = TokenWorld(
      try plainReplica(), dynamics: FleetDynamics(initial: 2, minimum: 1, maximum: 8),
      objective: Objective(latency: [LatencyBound(.firstToken, quantile: 0.9, limit: .seconds(4))]),
      lengths: TokenLengths(input: 100, output: 10, variability: 1), seed: 5)
    let series = TimeSeries<RequestRate>(
      start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(300), rawValues: [0.4, 2.4, 0.4])
    let result = world.simulate(Workload(series: series), under: FixedPolicy(replicas: 4))
    let service = result.outcome.service
    #expect(service.offered.rawValue == Double(result.record.requests.count))
    #expect(
      service.offered.rawValue == service.served.rawValue + service.unserved.rawValue + service.waiting.rawValue)
    #expect(service.served.rawValue > 0.9 * service.offered.rawValue && service.unserved.rawValue == 0)
    let attainment = try #require(service.attainments.first)
    #expect(attainment.share.rawValue > 0.5 && attainment.share.rawValue <= 1)
    // The fleet grew from two to four at the first look, and was paid for.
    #expect(result.outcome.fleet?.peakReplicas == 4)
    world.incidents = Incidents(planned: [Incident(at: .seconds(400), .crash(Fraction(rawValue: 0.5)))])
    let crashed = world.simulate(Workload(series: series), under: FixedPolicy(replicas: 4))
    #expect(crashed.record.lost > 0)
    #expect(crashed.outcome.service.unserved.rawValue == Double(crashed.record.lost))
  }
}

@Suite struct SessionWorldTests {
  private func load(_ seats: Int, seconds: Double = 4000) throws -> SessionLoad {
    SessionLoad(
      seats: seats, turns: 8, sharedPrompt: 128, firstPrompt: 64, input: 64, output: 4,
      gap: try TimeDistribution(mean: 20, variability: 1), seconds: seconds)
  }

  // Little's law of a closed loop: seats = turns a second x (response + gap); a replica at rest answers in as many steps
  // as an answer has tokens. One turn in eight ends its session, behind which the next begins without a gap.
  @Test("seats are turns a second times response and gap")
  func little() throws {
    let record = TokenWorld(try plainReplica(sequences: 64)).play(try load(20))
    let rate = Double(record.requests.count) / record.seconds
    #expect(abs(rate * (record.response.mean + 17.5) / 20 - 1) < 0.05)
    #expect(record.unfinished == 0 && record.refused == 0)
    #expect(record.response.mean < 6)
  }

  @Test("a turn finds all that was said before, where the cache holds it, and what a tier gives back where not")
  func reuse() throws {
    let roomy = TokenWorld(try plainReplica(sequences: 64, cache: 1e6)).play(try load(40))
    let later = roomy.requests.filter { $0.turn > 0 }
    #expect(later.count > 500)
    // All but the last block, and the new part.
    let known = later.reduce(0.0) { $0 + Double($1.cached) } / later.reduce(0.0) { $0 + Double($1.input - 64) }
    #expect(known > 0.85)
    var tight = TokenWorld(try plainReplica(sequences: 64, cache: 6000))
    let without = tight.play(try load(40))
    tight.tiers = [PrefixCache.Tier(name: "DRAM", tokens: 1e6, secondsPerToken: 1e-6)]
    let with = tight.play(try load(40))
    #expect(without.cachedShare.rawValue < roomy.cachedShare.rawValue - 0.1)
    #expect(with.cachedShare.rawValue > roomy.cachedShare.rawValue - 0.05)
    #expect(with.fetched[0] > 0)
  }

  @Test("the most seats keep the objective and some per cent more do not; a tier never makes them fewer")
  func most() throws {
    let objective = Objective(latency: [LatencyBound(.firstToken, quantile: 0.95, limit: .seconds(5))])
    var world = TokenWorld(try plainReplica(batched: 200, sequences: 64, cache: 6000))
    let search = SeatSearch(world, load: try load(1, seconds: 1000), objective: objective)
    let found = search.most()
    #expect(found.isMet && found.seats > 5)
    #expect(!search.answer(found.seats * 2).isMet)
    world.tiers = [PrefixCache.Tier(name: "DRAM", tokens: 1e6, secondsPerToken: 1e-6)]
    let more = SeatSearch(world, load: try load(1, seconds: 1000), objective: objective).most()
    #expect(more.seats >= found.seats)
  }
}
