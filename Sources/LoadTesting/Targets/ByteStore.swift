/// Bytes that grow in place: plain memory for the way of a request, which allocates nothing once it is large enough.
/// Whoever makes one ends it.
struct ByteStore {
  private(set) var bytes: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 0) {
    self.capacity = capacity
    bytes = .allocate(capacity: max(1, capacity))
  }

  var view: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: bytes, count: count) }

  mutating func clear() { count = 0 }

  @inline(__always) private mutating func reserve(_ more: Int) {
    if count &+ more > capacity { grow(count + more) }
  }
  private mutating func grow(_ least: Int) {
    let larger = max(least, capacity * 2, 256)
    let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    fresh.update(from: bytes, count: count)
    bytes.deallocate()
    bytes = fresh
    capacity = larger
  }

  @inline(__always) mutating func append(_ byte: UInt8) {
    reserve(1)
    bytes[count] = byte
    count &+= 1
  }
  @inline(__always) mutating func append(_ source: UnsafePointer<UInt8>, _ length: Int) {
    reserve(length)
    (bytes + count).update(from: source, count: length)
    count &+= length
  }
  mutating func append(_ text: [UInt8]) {
    text.withUnsafeBufferPointer { if let base = $0.baseAddress { append(base, $0.count) } }
  }
  mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
    if let base = text.baseAddress { append(base, text.count) }
  }
  mutating func append(_ text: StaticString) { append(text.utf8Start, text.utf8CodeUnitCount) }

  /// A whole number from 0 on, in digits.
  mutating func append(number: Int) {
    var rest = UInt64(max(0, number))
    reserve(20)
    let first = count
    repeat {
      bytes[count] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      count &+= 1
      rest /= 10
    } while rest > 0
    var low = first
    var high = count &- 1
    while low < high {
      let kept = bytes[low]
      bytes[low] = bytes[high]
      bytes[high] = kept
      low &+= 1
      high &-= 1
    }
  }

  func end() { bytes.deallocate() }
}
