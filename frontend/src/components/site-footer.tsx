import { buildInfo } from "@/lib/build-info";
import { shortCommit } from "@/lib/format";
import styles from "./site-footer.module.css";

export function SiteFooter() {
  return (
    <footer className={styles.footer}>
      <p className={styles.inner}>
        NeuronIP front end {buildInfo.version}, commit {shortCommit(buildInfo.commit)}
      </p>
    </footer>
  );
}
