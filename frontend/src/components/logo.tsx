export function Logo({ className }: { className: string | undefined }) {
  return (
    <svg className={className} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        d="M8 24V8l16 16V8"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.5"
        strokeLinejoin="round"
      />
      <g fill="currentColor">
        <circle cx="8" cy="8" r="3.75" />
        <circle cx="8" cy="24" r="3.75" />
        <circle cx="24" cy="8" r="3.75" />
        <circle cx="24" cy="24" r="3.75" />
      </g>
    </svg>
  );
}
