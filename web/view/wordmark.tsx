/** A particle and its track in a magnetic field, and the name. */
export function Wordmark() {
  return (
    <span class="wordmark">
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
        <rect class="wordmark-field" width="32" height="32" rx="8" />
        <path
          class="wordmark-track"
          d="M6.500 25.500C10 12 22.500 7.500 24.500 14.500c1.500 5.500-8.500 8.500-9 3.500-.4-4 5.500-4 5.500-1"
        />
        <circle class="wordmark-particle" cx="6.900" cy="24.800" r="2.600" />
      </svg>
      Muon
    </span>
  );
}
