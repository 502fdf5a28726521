import Documents
import Glibc
import Quantities

/// `headroom-bench fuzz`: damaged inputs for every reader, by mutation of the seeds that stand in Tests and Examples.
///
/// A reader may refuse whatever it is given; it may not trap, hang or take memory without end. The input that is being read lies
/// in a file, so that it is there when the process is not: `NAME.last` in the folder of findings.
enum Fuzzing {
  struct Target: Sendable {
    let name: String
    /// Endings of the files that are its seeds.
    let endings: [String]
    /// Seeds of its own, and words that mutation puts in.
    let seeds: [String]
    let words: [String]
    /// Whether the input is a file of pages rather than text.
    var isPaged = false
    /// Seeds that are no text.
    var makeSeeds: @Sendable () -> [[UInt8]] = { [] }
    /// Reads one input. - Returns: whether it was accepted.
    let read: @Sendable ([UInt8]) -> Bool
  }

  static func run(_ arguments: [String]) -> Never {
    var runs = 20_000
    var seconds = Double.infinity
    var seed: UInt64 = 1
    var root = "."
    var folder = "/tmp"
    var names: [String] = []
    var rest = arguments[...]
    func number(_ text: String?) -> Double {
      guard let value = text.flatMap(Double.init), value > 0, value.isFinite else { usage() }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--runs": runs = Int(min(number(rest.popFirst()), 1e12))
      case "--seconds": seconds = number(rest.popFirst())
      case "--seed": seed = UInt64(min(number(rest.popFirst()), 1e15))
      case "--root": root = rest.popFirst() ?? "."
      case "--findings": folder = rest.popFirst() ?? "/tmp"
      case "--input":
        // One file again, by the targets that are named.
        guard let path = rest.popFirst(), let bytes = try? Input.read(path: path) else { usage() }
        for target in all where names.isEmpty || names.contains(target.name) {
          print("\(target.name): \(target.read(bytes) ? "accepted" : "refused")")
        }
        exit(0)
      default:
        guard !argument.hasPrefix("-"), all.contains(where: { $0.name == argument }) else { usage() }
        names.append(argument)
      }
    }
    // Memory without end is an error of its own, not the machine's.
    var limit = rlimit(rlim_cur: 6 << 30, rlim_max: 6 << 30)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    let chosen = all.filter { names.isEmpty || names.contains($0.name) }
    var total = 0
    for target in chosen {
      total += one(target, runs: runs, seconds: seconds / Double(chosen.count), seed: seed, root, folder)
    }
    print("\(total) inputs over \(chosen.count) readers: none trapped, hung or ran out of memory")
    exit(0)
  }

  private static func usage() -> Never {
    print(
      """
      usage: headroom-bench fuzz [READER ...] [--runs N] [--seconds S] [--seed K] [--root CHECKOUT] [--findings FOLDER]
             headroom-bench fuzz [READER ...] --input FILE
      readers: \(all.map(\.name).joined(separator: ", "))
      """)
    exit(64)
  }

  private static func one(
    _ target: Target, runs: Int, seconds: Double, seed: UInt64, _ root: String, _ folder: String
  ) -> Int {
    var seeds = target.seeds.map { Array($0.utf8) } + target.makeSeeds()
    for path in files(below: ["\(root)/Tests", "\(root)/Examples"], target.endings) {
      if let bytes = try? Input.read(path: path), !bytes.isEmpty, bytes.count <= 1 << 14 { seeds.append(bytes) }
    }
    guard !seeds.isEmpty else {
      print("\(target.name): no seeds below \(root)")
      exit(1)
    }
    let last = LastInput("\(folder)/\(target.name).last")
    var random = Mutation(seed: seed, words: target.words)
    var accepted = 0
    var slowest = 0.0
    let began = now()
    var count = 0
    // A seed as it stands first: what the mutations begin from must be read without a trap, too.
    while count < runs {
      let bytes = count < seeds.count ? seeds[count] : random.damaged(of: seeds, isPaged: target.isPaged)
      last.note(bytes)
      let start = now()
      if target.read(bytes) { accepted += 1 }
      let took = now() - start
      if took > slowest { slowest = took }
      // Two seconds for at most 32 kB is no reader's work.
      if took > 2 {
        print("\(target.name): input \(count) took \(took) s: \(last.path)")
        exit(1)
      }
      count += 1
      if count & 255 == 0, now() - began > seconds { break }
    }
    last.remove()
    let rate = Int(Double(count) / max(now() - began, 1e-9))
    print(
      "\(target.name): \(count) inputs from \(seeds.count) seeds, \(accepted) accepted, \(rate)/s, slowest \(Int(slowest * 1000)) ms"
    )
    return count
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Files with one of the endings, in order of their paths.
  private static func files(below folders: [String], _ endings: [String]) -> [String] {
    var found: [String] = []
    var waiting = folders
    while let folder = waiting.popLast() {
      guard let directory = opendir(folder) else { continue }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard !name.hasPrefix(".") else { continue }
        let path = "\(folder)/\(name)"
        if entry.pointee.d_type == UInt8(DT_DIR) {
          waiting.append(path)
        } else if endings.contains(where: { name.hasSuffix($0) }) {
          found.append(path)
        }
      }
    }
    return found.sorted()
  }
}

/// The input that is being read, in a mapped file: it costs a copy, and is there when the process has ended.
private final class LastInput {
  let path: String
  private let room = 1 << 16
  private let base: UnsafeMutableRawPointer?
  private let handle: Int32

  init(_ path: String) {
    self.path = path
    handle = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if handle >= 0, ftruncate(handle, off_t(room)) == 0 {
      let mapped = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0)
      base = mapped == MAP_FAILED ? nil : mapped
    } else {
      base = nil
    }
  }

  /// Eight bytes of length, then the input.
  func note(_ bytes: [UInt8]) {
    guard let base else { return }
    let count = min(bytes.count, room - 8)
    base.storeBytes(of: UInt64(count), as: UInt64.self)
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { (base + 8).copyMemory(from: start, byteCount: count) }
    }
  }

  func remove() {
    if let base { munmap(base, room) }
    close(handle)
    unlink(path)
  }
}

/// Damages inputs: bits, bytes, pieces, lines, numbers, and pieces of other seeds.
private struct Mutation {
  private var state: UInt64
  private let words: [[UInt8]]
  private static let special =
    Array("\"'{}[](),:;|>&*!%@`#-?<~\\/=+.\n\r\t 0".utf8) + [0, 0x7F, 0x80, 0xC3, 0xE2, 0xFF, 0xF0]
  private static let numbers = [
    "0", "-0", "-1", "1e308", "-1e308", "1e-320", "999999999999999999999", "9223372036854775807",
    "-9223372036854775808",
    "0.1", "nan", "inf", "1e5", "4294967296", "00", "1_000", "1,5",
  ].map { Array($0.utf8) }

  init(seed: UInt64, words: [String]) {
    state = seed
    self.words = words.map { Array($0.utf8) }
  }

  /// SplitMix64 (Steele, Lea and Flood, 2014).
  private mutating func next(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(max(1, bound)))
  }

  /// - Parameter isPaged: whether places matter more than text: bytes change where they stand, as a disk damages a file.
  mutating func damaged(of seeds: [[UInt8]], isPaged: Bool) -> [UInt8] {
    if isPaged, next(4) > 0 { return damagedInPlace(of: seeds) }
    let longest = max(1 << 15, seeds.reduce(0) { max($0, $1.count) })
    var bytes = seeds[next(seeds.count)]
    for _ in 0...next(6) {
      if bytes.isEmpty { bytes = [0x61] }
      let at = next(bytes.count)
      switch next(11) {
      case 0: bytes[at] ^= 1 << UInt8(next(8))
      case 1: bytes[at] = Self.special[next(Self.special.count)]
      case 2: bytes.insert(Self.special[next(Self.special.count)], at: at)
      case 3: bytes.removeSubrange(at..<min(bytes.count, at + 1 + next(16)))
      case 4: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + next(64))], at: next(bytes.count))
      case 5: bytes.removeSubrange(at...)
      case 6 where !words.isEmpty: bytes.insert(contentsOf: words[next(words.count)], at: at)
      case 7:
        // A number in place of another.
        let digit = bytes[at...].firstIndex { (48...57).contains($0) } ?? at
        let end = bytes[digit...].firstIndex { !(48...57).contains($0) && $0 != 46 } ?? bytes.count
        bytes.replaceSubrange(digit..<end, with: Self.numbers[next(Self.numbers.count)])
      case 8:
        let other = seeds[next(seeds.count)]
        let from = next(other.count)
        bytes.replaceSubrange(at..., with: other[from...])
      case 9:
        // A line away, or twice.
        let start = bytes[..<at].lastIndex(of: 10).map { $0 + 1 } ?? 0
        let end = bytes[at...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.count
        if next(2) == 0 {
          bytes.removeSubrange(start..<end)
        } else {
          bytes.insert(contentsOf: bytes[start..<end], at: end)
        }
      default: bytes[at] = UInt8(truncatingIfNeeded: next(256))
      }
    }
    if bytes.count > longest { bytes.removeSubrange(longest...) }
    return bytes
  }

  private mutating func damagedInPlace(of seeds: [[UInt8]]) -> [UInt8] {
    var bytes = seeds[next(seeds.count)]
    for _ in 0...next(8) where !bytes.isEmpty {
      // Half of the damage meets the first kilobyte, where headers stand.
      let at = next(next(2) == 0 ? min(1024, bytes.count) : bytes.count)
      let end = min(bytes.count, at + 1 + next(8))
      switch next(5) {
      case 0: bytes[at] ^= 1 << UInt8(next(8))
      case 1: bytes[at] = UInt8(truncatingIfNeeded: next(256))
      case 2: for i in at..<end { bytes[i] = 0xFF }
      case 3: for i in at..<end { bytes[i] = 0 }
      default:
        let from = next(bytes.count)
        for i in at..<end where from + i - at < bytes.count { bytes[i] = bytes[from + i - at] }
      }
    }
    return bytes
  }
}
