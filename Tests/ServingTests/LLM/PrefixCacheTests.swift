import Quantities
import Testing

@testable import Serving

@Suite struct PrefixCacheTests {
  private func limits(_ cache: Double) -> TokenScheduler.Limits {
    TokenScheduler.Limits(batchedTokens: 100, sequences: 10, cacheTokens: cache)
  }

  private func scheduler(cache: Double = 1e6, tiers: [PrefixCache.Tier] = []) throws -> TokenScheduler {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits(cache))
    scheduler.prefixes = PrefixCache(blockTokens: 10, tiers: tiers)
    return scheduler
  }

  @Test("a prompt that begins with blocks of an earlier one skips their work, but for its last token")
  func hits() throws {
    var scheduler = try scheduler()
    scheduler.submit(0, prompt: 300, output: 1, blocks: Array(0..<30), at: 0)
    scheduler.advance(until: .infinity)
    // Three steps of 100 tokens; then 100 of 300 tokens are new: one step. Of a prompt of which all is known the last
    // block is worked on again.
    scheduler.submit(1, prompt: 300, output: 1, blocks: Array(0..<20) + Array(100..<110), at: 3)
    scheduler.submit(2, prompt: 300, output: 1, blocks: Array(0..<30), at: 10)
    scheduler.advance(until: .infinity)
    let firsts = scheduler.events.filter(\.isFirstToken)
    #expect(firsts.map(\.cached) == [0, 200, 290])
    #expect(firsts.map { $0.time.rounded() } == [3, 4, 5])
    #expect(scheduler.cacheUse == 0)
  }

  @Test("sequences that share blocks take their room once")
  func shared() throws {
    var scheduler = try scheduler()
    scheduler.submit(0, prompt: 100, output: 50, blocks: Array(0..<10), at: 0)
    scheduler.advance(until: 1)
    scheduler.submit(1, prompt: 99, output: 50, blocks: Array(0..<9), at: 1)
    scheduler.advance(until: 2)
    // 101 of the first; of the second nine tokens of its own, and none yet of its answer.
    #expect((scheduler.cacheUse * 1e6).rounded() == 110)
    scheduler.advance(until: .infinity)
    #expect(scheduler.cacheUse == 0)
    #expect(scheduler.prefixes?.idleTokens == 100)
  }

  @Test("blocks of two prompts in one step are met by the second")
  func sameStep() throws {
    var scheduler = try scheduler()
    scheduler.submit(0, prompt: 50, output: 1, blocks: Array(0..<5), at: 0)
    scheduler.submit(1, prompt: 55, output: 1, blocks: Array(0..<5), at: 0)
    scheduler.advance(until: .infinity)
    #expect(scheduler.events.filter(\.isFirstToken).map(\.cached) == [0, 50])
  }

  @Test("what was used longest ago goes first, a sequence's last blocks before its first")
  func eviction() throws {
    var scheduler = try scheduler(cache: 200)
    scheduler.submit(0, prompt: 100, output: 1, blocks: Array(0..<10), at: 0)
    scheduler.advance(until: .infinity)
    scheduler.submit(1, prompt: 150, output: 1, blocks: Array(50..<65), at: 5)
    scheduler.advance(until: .infinity)
    // 50 tokens are left beside the second prompt: the first half of the first.
    #expect(scheduler.prefixes?.known(Array(0..<10)) == 50)
    #expect(scheduler.prefixes?.known(Array(50..<65)) == 150)
  }

  @Test("blocks that fall into a tier below come back at the pace of its link, one request after the other")
  func tiers() throws {
    var scheduler = try scheduler(
      cache: 100, tiers: [.init(name: "DRAM", tokens: 100, secondsPerToken: 0.01)])
    for (request, first) in [(0, 0), (1, 100), (2, 200)] {
      scheduler.submit(Int32(request), prompt: 100, output: 1, blocks: Array(first..<first + 10), at: 0)
      scheduler.advance(until: .infinity)
    }
    // The second lies below, the first has fallen out of there too.
    #expect(scheduler.prefixes?.fetch(Array(0..<10), at: 7) == 7)
    #expect(scheduler.prefixes?.fetch(Array(100..<110), at: 7) == 8)
    #expect(scheduler.prefixes?.fetched == [100])
    #expect(scheduler.prefixes?.known(Array(100..<110)) == 100)
  }

  @Test("whatever comes and is preempted, the cache is empty when all is answered", arguments: 1...20)
  func accounts(seed: UInt64) throws {
    var random = RandomStream(seed: seed)
    var scheduler = try scheduler(cache: 700)
    var time = 0.0
    for request in 0..<200 {
      time += random.exponential(mean: 4)
      scheduler.advance(until: time)
      let prompt = 20 + Int(random.uniform() * 250)
      let family = Int(random.uniform() * 4) * 1000
      let blocks = (0..<(prompt / 10 + 4)).map { $0 < 8 ? family + $0 : 10_000 + request * 100 + $0 }
      scheduler.submit(Int32(request), prompt: prompt, output: 1 + Int(random.uniform() * 60), blocks: blocks, at: time)
    }
    scheduler.advance(until: .infinity)
    #expect(scheduler.events.count == 400)
    #expect(abs(scheduler.cacheUse) < 1e-9)
    #expect(scheduler.preemptions > 0)
    #expect((scheduler.prefixes?.idleTokens ?? 1e9) <= 700)
  }

  @Test("gaps between tokens are counted once a token")
  func gaps() throws {
    var scheduler = try scheduler()
    scheduler.gaps = Histogram(cells: 128)
    for i in 0..<5 { scheduler.submit(Int32(i), prompt: 40, output: 11, at: Double(i) * 3) }
    scheduler.advance(until: .infinity)
    #expect(scheduler.gaps?.count == 50)
    #expect(abs((scheduler.gaps?.mean ?? 0) - 1) < 1e-3)
  }
}
