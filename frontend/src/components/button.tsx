import type { ButtonHTMLAttributes } from "react";
import { classes } from "@/lib/classes";
import styles from "./button.module.css";

type Look = "primary" | "plain" | "quiet" | "danger";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className"> {
  look?: Look;
}

export function Button({ look = "plain", type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={classes(styles.button, styles[look])} {...rest} />;
}
